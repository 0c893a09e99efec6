//! Timestamps as numbers: as text, `…00.123Z` would come before `…00Z`.

use chrono::{DateTime, Utc};

const NANOS: i64 = 1_000_000_000;

/// Returns the moment in nanoseconds since 1970, UTC, of a timestamp with zero to nine digits behind the point;
/// `None` where it is none, or lies outside of the years 1678 to 2261.
///
/// Entries carry RFC 3339; rows of `BigQuery` `2026-03-01 08:00:00.5 UTC`, or, as `bq` prints them, no zone.
#[must_use]
pub fn nanoseconds(text: &str) -> Option<i64> {
    let text = text.as_bytes();
    let (date, rest) = text.split_at_checked(19)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T' | b't' | b' ',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
    ] = *date
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    // A leap second is the second that follows.
    if !(1..=12).contains(&month)
        || !(1..=days_of(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let (fraction, zone) = fraction(rest)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset(zone)?;
    seconds.checked_mul(NANOS)?.checked_add(fraction)
}

/// Returns the moment as a date and time.
#[must_use]
pub fn moment(nanoseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanoseconds)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

/// Returns the nanoseconds that `rest` starts with, none to nine digits, and what follows them.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let (digits, zone) = digits.split_at(count);
    let missing = u32::try_from(9 - count).ok()?;
    Some((number(digits)? * 10_i64.pow(missing), zone))
}

/// Returns the seconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    match *zone {
        [] | [b'Z' | b'z'] | [b' ', b'U', b'T', b'C'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
            let seconds = hours * 3_600 + minutes * 60;
            (hours < 24 && minutes < 60).then_some(if sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>: years that begin in March, so that
/// the day of a leap year comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_to_nine_digits_and_every_zone_are_numbers() {
        let table = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:00.5Z", Some(500_000_000)),
            ("1970-01-01T00:00:00.000000001Z", Some(1)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T23:59:59.999999999Z", Some(-1)),
            ("1970-01-01 00:00:01 UTC", Some(NANOS)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800 * NANOS)),
            ("2023-02-29T00:00:00Z", None),
            ("1970-01-01T00:00:00.Z", None),
            ("1970-01-01T00:00:00.0000000001Z", None),
            ("1970-01-01 00:00:01", Some(NANOS)),
            ("1970-13-01T00:00:00Z", None),
            ("9999-12-31T23:59:59Z", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_the_calendars() {
        let mut day = chrono::NaiveDate::from_ymd_opt(1800, 1, 1).expect("a date");
        while day.to_string().as_str() < "2200-01-01" {
            let text = format!("{day}T12:34:56.789Z");
            let expected: DateTime<Utc> = text.parse().expect("a timestamp");
            assert_eq!(nanoseconds(&text).map(moment), Some(expected));
            day = day.succ_opt().expect("a date");
        }
    }
}
