//! Pages: sizes capped and honoured, tokens that tell nothing and bear no tampering.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::methods::Pages;

/// Where a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Elements that were answered before.
    pub(crate) offset: u64,
    /// Pages that were answered at this offset before: endless pages count here, so that their tokens differ.
    pub(crate) round: u64,
}

impl Position {
    pub(crate) const START: Self = Self {
        offset: 0,
        round: 0,
    };
}

/// Writes and reads page tokens.
///
/// A token is a position, masked, under a checksum that is keyed and bound to the request: another emulator's
/// token, one of another request and one with a changed character are all refused.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: [u8; 32],
}

const CHECKSUM: usize = 16;
const POSITION: usize = 16;

impl Tokens {
    /// Returns the tokens of an emulator; the same secret gives the same tokens.
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            key: Sha256::digest(secret).into(),
        }
    }

    /// Returns the token by which the request goes on at the position.
    pub(crate) fn write(&self, request: &str, position: Position) -> String {
        let plain = [position.offset.to_be_bytes(), position.round.to_be_bytes()].concat();
        let checksum = self.checksum(request, &plain);
        let masked = self.mask(&checksum, &plain);
        URL_SAFE_NO_PAD.encode([checksum.as_slice(), &masked].concat())
    }

    /// Returns the position that a token of this request holds; `None` where it is no token of this request.
    pub(crate) fn read(&self, request: &str, token: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        if bytes.len() != CHECKSUM + POSITION {
            return None;
        }
        let (checksum, masked) = bytes.split_at(CHECKSUM);
        let plain = self.mask(checksum, masked);
        if self.checksum(request, &plain) != checksum {
            return None;
        }
        let (offset, round) = plain.split_at(8);
        Some(Position {
            offset: u64::from_be_bytes(offset.try_into().ok()?),
            round: u64::from_be_bytes(round.try_into().ok()?),
        })
    }

    fn checksum(&self, request: &str, plain: &[u8]) -> Vec<u8> {
        let digest = Sha256::new()
            .chain_update(self.key)
            .chain_update(plain)
            .chain_update(request)
            .finalize();
        digest[..CHECKSUM].to_vec()
    }

    fn mask(&self, checksum: &[u8], bytes: &[u8]) -> Vec<u8> {
        let stream = Sha256::new()
            .chain_update(self.key)
            .chain_update(checksum)
            .finalize();
        bytes
            .iter()
            .zip(stream)
            .map(|(byte, mask)| byte ^ mask)
            .collect()
    }
}

/// Returns how many elements a page has for the size that the caller asked for: none and zero are the default,
/// larger ones the maximum (<https://google.aip.dev/158>).
pub(crate) fn size(pages: &Pages, asked: Option<i32>) -> usize {
    match asked.and_then(|asked| usize::try_from(asked).ok()) {
        None | Some(0) => pages.default,
        Some(asked) => asked.min(pages.maximum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_only_where_it_was_written() {
        let tokens = Tokens::new("retail");
        let position = Position {
            offset: 20,
            round: 0,
        };
        let token = tokens.write("list a", position);
        assert_eq!(tokens.read("list a", &token), Some(position));
        assert_eq!(tokens.read("list b", &token), None);
        assert_eq!(Tokens::new("clean").read("list a", &token), None);
        for wrong in ["", "20", "MjA", &token[1..], &format!("{token}A")] {
            assert_eq!(tokens.read("list a", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn neighbouring_tokens_share_nothing() {
        let tokens = Tokens::new("retail");
        let token = |offset| tokens.write("list", Position { offset, round: 0 });
        let (one, two) = (token(1), token(2));
        let same = one.bytes().zip(two.bytes()).filter(|(a, b)| a == b).count();
        assert!(same < 8, "{one} {two}");
    }

    #[test]
    fn page_sizes() {
        let pages = Pages {
            parameter: "pageSize".to_owned(),
            default: 20,
            maximum: 100,
        };
        let sizes = [None, Some(0), Some(1), Some(100), Some(101), Some(i32::MAX)]
            .map(|asked| size(&pages, asked));
        assert_eq!(sizes, [20, 20, 1, 100, 100, 100]);
    }
}
