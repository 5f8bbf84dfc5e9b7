//! The shapes that keys of a bucket can have; each computes key number `i` of `n`, ascending in byte order.

use crate::text::{date, dec, hex, mix};

/// Days from 1970-01-01 to 2014-01-01, when all logs begin.
pub const FIRST_DAY: u64 = 16_071;
const KEYS_A_DAY: u64 = 2400;
const PARTS: u64 = 24;

/// Endings that clients get wrong; each key has a digit before its own, which keeps the order.
const ODD: [&str; 16] = [
    " lead space.gz",
    "%2F percent.gz",
    "&amp;<tag>\"'.gz",
    "+plus.gz",
    "//double//slash.gz",
    "=eq?q#frag.gz",
    "[br]{ace}*.gz",
    "\ttab.gz",
    "\nnewline.gz",
    "\u{1}ctl.gz",
    "a/../dots.gz",
    "back\\slash.gz",
    "trail/",
    "é-café.gz",
    "日本.gz",
    "😀.gz",
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Dated: 100 hosts with 24 parts a day.
    Logs,
    /// Flat, and random over the whole range.
    Uuid,
    /// 96 % below one prefix, 2 % in small ones before it and 2 % after it.
    Skew,
    /// All below one prefix, numbered without a gap.
    One,
    /// Keys with the endings of `ODD`.
    Special,
}

impl Shape {
    pub const ALL: [(&'static str, Shape); 5] = [
        ("logs", Shape::Logs),
        ("uuid", Shape::Uuid),
        ("skew", Shape::Skew),
        ("one", Shape::One),
        ("special", Shape::Special),
    ];

    pub fn named(name: &str) -> Option<Shape> {
        Shape::ALL.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
    }

    /// Write key number `i` of `n`.
    pub fn key(self, i: u64, n: u64, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Shape::Logs => log(i, out),
            Shape::Uuid => uuid(i, n, out),
            Shape::Skew => skew(i, n, out),
            Shape::One => numbered(b"data/2014/events/", i, out),
            Shape::Special => special(i, out),
        }
    }
}

fn log(i: u64, out: &mut Vec<u8>) {
    let of_day = i % KEYS_A_DAY;
    out.extend_from_slice(b"logs/");
    date(out, FIRST_DAY + i / KEYS_A_DAY, b'/');
    out.extend_from_slice(b"/host-");
    dec(out, of_day / PARTS, 3);
    out.extend_from_slice(b"/part-");
    dec(out, of_day % PARTS, 4);
    out.extend_from_slice(b".gz");
}

fn uuid(i: u64, n: u64, out: &mut Vec<u8>) {
    let step = u64::MAX / n.max(1);
    let high = i * step + mix(i) % step;
    let low = mix(i ^ 0x00AB_CDEF);
    for (number, digits) in [(high >> 32, 8), (high >> 16, 4), (high, 4), (low >> 48, 4)] {
        hex(out, number, digits);
        out.push(b'-');
    }
    hex(out, low, 12);
}

fn skew(i: u64, n: u64, out: &mut Vec<u8>) {
    let side = n / 50;
    if i < side {
        out.extend_from_slice(b"app-");
        dec(out, i * 20 / side, 2);
        numbered(b"/small-", i, out);
    } else if i >= n - side {
        numbered(b"zz/tail-", i, out);
    } else {
        out.extend_from_slice(b"big/raw/2014-09-01/evt-");
        dec(out, i * 7, 12);
        out.push(b'-');
        hex(out, mix(i), 8);
        out.extend_from_slice(b".json");
    }
}

fn numbered(before: &[u8], i: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    dec(out, i, 10);
    out.extend_from_slice(b".csv");
}

fn special(i: u64, out: &mut Vec<u8>) {
    let kinds = ODD.len() as u64;
    out.extend_from_slice(b"sp/");
    dec(out, i / kinds, 6);
    out.push(b'/');
    hex(out, i % kinds, 1);
    out.extend_from_slice(ODD[(i % kinds) as usize].as_bytes());
}
