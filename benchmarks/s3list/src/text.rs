//! Numbers and dates as bytes, without the cost of `format!`.

use std::time::{SystemTime, UNIX_EPOCH};

const WEEKDAYS: [&[u8]; 7] = [b"Thu,", b"Fri,", b"Sat,", b"Sun,", b"Mon,", b"Tue,", b"Wed,"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A well-mixed number for each number (SplitMix64, Steele, Lea and Flood 2014).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The last `digits` hexadecimal digits.
pub fn hex(out: &mut Vec<u8>, number: u64, digits: usize) {
    for at in (0..digits).rev() {
        out.push(DIGITS[((number >> (4 * at)) & 15) as usize]);
    }
}

/// Decimal, with zeros before it up to `width`.
pub fn dec(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width)..]);
}

/// `YYYY-MM-DD` with another separator, from days since 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
pub fn date(out: &mut Vec<u8>, days: u64, separator: u8) {
    let shifted = days + 719_468; // days since 0000-03-01
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, later) =
        if month_from_march < 10 { (month_from_march + 3, 0) } else { (month_from_march - 9, 1) };
    dec(out, year_of_era + era * 400 + later, 4);
    out.push(separator);
    dec(out, month, 2);
    out.push(separator);
    dec(out, day, 2);
}

/// The time now as HTTP has it, RFC 9110.
pub fn http_date(out: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut iso = Vec::new();
    date(&mut iso, now / 86_400, b'-');
    let month = MONTHS[usize::from((iso[5] - b'0') * 10 + iso[6] - b'0') - 1];
    for part in [WEEKDAYS[(now / 86_400 % 7) as usize], &iso[8..], month, &iso[..4]] {
        out.extend_from_slice(part);
        out.push(b' ');
    }
    for (number, after) in [(now / 3600 % 24, b':'), (now / 60 % 60, b':'), (now % 60, b' ')] {
        dec(out, number, 2);
        out.push(after);
    }
    out.extend_from_slice(b"GMT");
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in
            [(0, "1970-01-01"), (16_071, "2014-01-01"), (19_782, "2024-02-29"), (19_783, "2024-03-01")]
        {
            let mut out = Vec::new();
            super::date(&mut out, days, b'-');
            assert_eq!(out, expected.as_bytes());
        }
    }
}
