//! ListObjectsV2 and ListObjects.

use crate::answer::XML;
use crate::bucket::Bucket;
use crate::encode::{decoded, name};
use crate::request::Request;
use crate::shape::FIRST_DAY;
use crate::stats::STATS;
use crate::text::{date, dec, hex, mix};

pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const MOST_KEYS: u64 = 1000;
const ENTRY_BYTES: usize = 330;
const OWNER: &[u8] =
    b"<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>";

/// What one request asks for.
struct Ask<'a> {
    v2: bool,
    url: bool,
    owner: bool,
    prefix: &'a [u8],
    delimiter: &'a [u8],
    after: Option<&'a [u8]>,
    token: Option<u64>,
    max_keys: u64,
}

/// What is found: entries as XML, common prefixes, and the number of the next key if there is one.
struct Page {
    contents: Vec<u8>,
    prefixes: Vec<Vec<u8>>,
    count: u64,
    last: Vec<u8>,
    next: Option<u64>,
}

/// The body of the answer.
pub fn body(bucket: &Bucket, request: &Request) -> Vec<u8> {
    let ask = Ask::of(request);
    let page = page(bucket, &ask);
    STATS.page(page.count - page.prefixes.len() as u64);
    written(&ask, &page, &request.bucket)
}

impl Ask<'_> {
    fn of(request: &Request) -> Ask<'_> {
        let v2 = request.query("list-type") == Some(b"2");
        Ask {
            v2,
            url: request.query("encoding-type") == Some(b"url"),
            owner: !v2 || request.query("fetch-owner") == Some(b"true"),
            prefix: request.query("prefix").unwrap_or_default(),
            delimiter: request.query("delimiter").unwrap_or_default(),
            after: request.query(if v2 { "start-after" } else { "marker" }),
            token: request.query("continuation-token").and_then(number_of),
            max_keys: request.query("max-keys").and_then(number).unwrap_or(MOST_KEYS).min(MOST_KEYS),
        }
    }

    /// The number of the first key that the page may have.
    fn first(&self, bucket: &Bucket) -> u64 {
        if let Some(token) = self.token {
            return token;
        }
        let begin = bucket.space.not_below(self.prefix, 0);
        match self.after {
            None | Some(b"") => begin,
            // The marker of version 1 may be a common prefix, all of which the page before has told.
            Some(after) if !self.v2 && !self.delimiter.is_empty() && after.ends_with(self.delimiter) => {
                bucket.space.past(after, begin)
            }
            Some(after) => bucket.space.above(after, begin),
        }
    }

    /// The common prefix of this key, if it has one.
    fn common_prefix(&self, key: &[u8]) -> Option<Vec<u8>> {
        if self.delimiter.is_empty() {
            return None;
        }
        let below = &key[self.prefix.len()..];
        let at = below.windows(self.delimiter.len()).position(|window| window == self.delimiter)?;
        Some(key[..self.prefix.len() + at + self.delimiter.len()].to_vec())
    }
}

fn page(bucket: &Bucket, ask: &Ask) -> Page {
    let space = &bucket.space;
    let mut i = ask.first(bucket);
    let end = space.past(ask.prefix, i.min(space.keys));
    let mut key = Vec::with_capacity(128);
    let contents = Vec::with_capacity(ENTRY_BYTES * ask.max_keys as usize);
    let mut page = Page { contents, prefixes: Vec::new(), count: 0, last: Vec::new(), next: None };
    while i < end && page.count < ask.max_keys {
        space.key(i, &mut key);
        if let Some(prefix) = ask.common_prefix(&key) {
            i = space.past(&prefix, i);
            page.last.clone_from(&prefix);
            page.prefixes.push(prefix);
        } else {
            entry(&mut page.contents, bucket, ask, i, &key);
            page.last.clone_from(&key);
            i += 1;
        }
        page.count += 1;
    }
    page.next = (i < end && ask.max_keys > 0).then_some(i);
    page
}

fn entry(out: &mut Vec<u8>, bucket: &Bucket, ask: &Ask, i: u64, key: &[u8]) {
    out.extend_from_slice(b"<Contents><Key>");
    name(out, key, ask.url);
    out.extend_from_slice(b"</Key><LastModified>");
    time(out, i % 31_536_000);
    out.extend_from_slice(b"</LastModified><ETag>&quot;");
    hex(out, mix(i), 16);
    hex(out, !mix(i), 16);
    out.extend_from_slice(b"&quot;</ETag>");
    if bucket.checksums {
        out.extend_from_slice(
            b"<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
        );
    }
    out.extend_from_slice(b"<Size>");
    dec(out, bucket.space.size(i), 1);
    out.extend_from_slice(b"</Size>");
    if ask.owner {
        out.extend_from_slice(OWNER);
    }
    let class: &[u8] = if i % 50 == 49 { b"GLACIER" } else { b"STANDARD" };
    element(out, "StorageClass", class);
    out.extend_from_slice(b"</Contents>");
}

/// The second of the year 2014.
fn time(out: &mut Vec<u8>, second: u64) {
    date(out, FIRST_DAY + second / 86_400, b'-');
    for (before, number) in [(b'T', second / 3600 % 24), (b':', second / 60 % 60), (b':', second % 60)] {
        out.push(before);
        dec(out, number, 2);
    }
    out.extend_from_slice(b".000Z");
}

fn written(ask: &Ask, page: &Page, bucket: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.contents.len() + 2000);
    out.extend_from_slice(format!("{XML}<ListBucketResult xmlns=\"{NAMESPACE}\">").as_bytes());
    element(&mut out, "Name", bucket.as_bytes());
    named(&mut out, "Prefix", ask.prefix, ask.url);
    if let Some(after) = ask.after {
        named(&mut out, if ask.v2 { "StartAfter" } else { "Marker" }, after, ask.url);
    }
    if !ask.delimiter.is_empty() {
        named(&mut out, "Delimiter", ask.delimiter, ask.url);
    }
    if ask.url {
        element(&mut out, "EncodingType", b"url");
    }
    if ask.v2 {
        element(&mut out, "KeyCount", page.count.to_string().as_bytes());
    }
    element(&mut out, "MaxKeys", ask.max_keys.to_string().as_bytes());
    if let Some(next) = page.next {
        following(&mut out, ask, page, next);
    }
    element(&mut out, "IsTruncated", if page.next.is_some() { b"true" } else { b"false" });
    out.extend_from_slice(&page.contents);
    for prefix in &page.prefixes {
        out.extend_from_slice(b"<CommonPrefixes>");
        named(&mut out, "Prefix", prefix, ask.url);
        out.extend_from_slice(b"</CommonPrefixes>");
    }
    out.extend_from_slice(b"</ListBucketResult>");
    out
}

/// Where the next page begins; version 1 says so only where there is a delimiter.
fn following(out: &mut Vec<u8>, ask: &Ask, page: &Page, next: u64) {
    if ask.v2 {
        element(out, "NextContinuationToken", format!("tok{next:016x}").as_bytes());
    } else if !ask.delimiter.is_empty() {
        named(out, "NextMarker", &page.last, ask.url);
    }
}

fn named(out: &mut Vec<u8>, tag: &str, text: &[u8], url: bool) {
    let mut encoded = Vec::with_capacity(text.len() * 2);
    name(&mut encoded, text, url);
    element(out, tag, &encoded);
}

fn element(out: &mut Vec<u8>, tag: &str, text: &[u8]) {
    for part in [b"<", tag.as_bytes(), b">", text, b"</", tag.as_bytes(), b">"] {
        out.extend_from_slice(part);
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn number_of(token: &[u8]) -> Option<u64> {
    u64::from_str_radix(
        std::str::from_utf8(&decoded(std::str::from_utf8(token).ok()?, false)).ok()?.strip_prefix("tok")?,
        16,
    )
    .ok()
}
