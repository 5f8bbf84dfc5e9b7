//! Names in URLs and in XML.

use crate::text::hex;

const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Undo percent-encoding; where `plus`, a plus sign is a blank, as in a query.
pub fn decoded(text: &str, plus: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    out
}

/// Write a name as S3 does: as in a URL where `encoding-type=url` was asked for, else as in XML.
pub fn name(out: &mut Vec<u8>, name: &[u8], url: bool) {
    for &byte in name {
        if url {
            in_url(out, byte);
        } else {
            in_xml(out, byte);
        }
    }
}

fn in_url(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b'*' => out.push(byte),
        b' ' => out.push(b'+'),
        _ => out.extend_from_slice(&[b'%', UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]),
    }
}

fn in_xml(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'&' => out.extend_from_slice(b"&amp;"),
        b'<' => out.extend_from_slice(b"&lt;"),
        b'>' => out.extend_from_slice(b"&gt;"),
        b'"' => out.extend_from_slice(b"&quot;"),
        0..=31 => {
            out.extend_from_slice(b"&#x");
            hex(out, u64::from(byte), if byte > 15 { 2 } else { 1 });
            out.push(b';');
        }
        _ => out.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_for_a_url_reads_back() {
        let odd = "a b+c%/é\n\u{1}?".as_bytes();
        let mut written = Vec::new();
        name(&mut written, odd, true);
        assert_eq!(written, b"a+b%2Bc%25/%C3%A9%0A%01%3F");
        assert_eq!(decoded(std::str::from_utf8(&written).unwrap(), true), odd);
        assert_eq!(decoded("a+%zz%4", false), b"a+%zz%4");
    }
}
