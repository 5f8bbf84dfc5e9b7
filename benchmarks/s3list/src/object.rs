//! Objects: `big/<bytes>` of any size, with ranges; the body of every other is its key and a newline.

use std::io::{self, Write};
use std::sync::OnceLock;

use crate::answer::{Answer, Body};
use crate::bucket::Bucket;
use crate::request::Request;
use crate::text::mix;

/// Of a large object each byte depends on its place, and no usual part size is a multiple of this.
const PERIOD: usize = 1_000_003;

/// A part of a large object.
pub struct Content {
    pub start: u64,
    pub length: u64,
}

impl Content {
    /// Send the first `length` bytes of it.
    pub fn send(&self, connection: &mut impl Write, length: u64) -> io::Result<u64> {
        let (mut at, end) = (self.start, self.start + length);
        while at < end {
            let from = (at % PERIOD as u64) as usize;
            let count = (PERIOD - from).min((end - at) as usize);
            connection.write_all(&pattern()[from..from + count])?;
            at += count as u64;
        }
        Ok(length)
    }
}

/// Write a large object, for comparison with what a client reads.
pub fn print(size: u64) {
    let content = Content { start: 0, length: size };
    content.send(&mut io::stdout().lock(), size).expect("someone who reads it");
}

/// The answer to GET or HEAD of an object.
pub fn answer(bucket: &Bucket, request: &Request) -> Answer {
    let head = request.is_head();
    let mut answer = if let Some(size) = size_of_big(&request.key) {
        big(size, request)
    } else if let Some(i) = bucket.space.find(&request.key) {
        let body = if head {
            Body::Length(bucket.space.size(i))
        } else {
            Body::Text([&request.key[..], b"\n"].concat())
        };
        Answer { body, ..Answer::text("200 OK", Vec::new()) }
    } else {
        return Answer::error("404 Not Found", "NoSuchKey", head);
    };
    answer.headers.push_str("Accept-Ranges: bytes\r\nETag: \"00000000000000000000000000000000\"\r\n");
    answer.headers.push_str("Last-Modified: Mon, 01 Sep 2014 00:00:00 GMT\r\n");
    answer
}

fn size_of_big(key: &[u8]) -> Option<u64> {
    std::str::from_utf8(key).ok()?.strip_prefix("big/")?.parse().ok()
}

fn big(size: u64, request: &Request) -> Answer {
    let asked = request.range.as_deref().and_then(|range| part(range, size));
    let (start, length) = asked.unwrap_or((0, size));
    if asked.is_some() && length == 0 {
        return Answer::error("416 Range Not Satisfiable", "InvalidRange", request.is_head());
    }
    let body =
        if request.is_head() { Body::Length(length) } else { Body::Content(Content { start, length }) };
    let status = if asked.is_some() { "206 Partial Content" } else { "200 OK" };
    let mut answer = Answer { body, ..Answer::text(status, Vec::new()) };
    if asked.is_some() {
        answer.headers = format!("Content-Range: bytes {start}-{}/{size}\r\n", start + length - 1);
    }
    answer
}

/// First byte and length of a Range header; None where it is none, which RFC 9110 has ignored.
fn part(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let length = last.parse::<u64>().ok()?.min(size);
        return Some((size - length, length));
    }
    let start: u64 = first.parse().ok()?;
    let end = if last.is_empty() { size } else { last.parse::<u64>().ok()?.saturating_add(1).min(size) };
    Some((start, end.saturating_sub(start)))
}

fn pattern() -> &'static [u8] {
    static PATTERN: OnceLock<Vec<u8>> = OnceLock::new();
    PATTERN.get_or_init(|| (0..PERIOD as u64).map(|i| mix(i) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_range_is_first_byte_and_length() {
        assert_eq!(part("bytes=2-4", 10), Some((2, 3)));
        assert_eq!(part("bytes=2-", 10), Some((2, 8)));
        assert_eq!(part("bytes=-4", 10), Some((6, 4)));
        assert_eq!(part("bytes=8-99", 10), Some((8, 2)));
        assert_eq!(part("bytes=10-", 10), Some((10, 0)));
        assert_eq!(part("bytes=a-b", 10), None);
    }
}
