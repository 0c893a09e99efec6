//! An RSA key made with openssl for these tests. It never belonged to any account or host. Kept in DER, since a PEM
//! block in a repository looks like a leak to every scanner.
//!
//! `never-real-certificate.der` is a certificate over it for `*.googleapis.com`, signed by itself and valid until 2126.

/// The key, PKCS#8 in DER.
pub(crate) const KEY: &[u8] = include_bytes!("never-real-key.der");
