//! `--check`: whether the keys of every shape ascend in byte order, each once. `--keys`: which those are.

use std::io::{self, BufWriter, Write};

use crate::bucket::Bucket;
use crate::keyspace::Keyspace;
use crate::shape::Shape;

const KEYS: u64 = 1_000_000;

pub fn all() {
    for (name, shape) in Shape::ALL {
        ascending(Keyspace { shape, keys: KEYS });
        println!("{name}: {KEYS} keys ascend");
    }
}

/// Write all keys of a bucket, each with a newline, for comparison with what a client lists.
pub fn print(name: &str) {
    let space = Bucket::named(name).expect("a bucket's name").space;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut key = Vec::new();
    for i in 0..space.keys {
        space.key(i, &mut key);
        key.push(b'\n');
        out.write_all(&key).expect("someone who reads it");
    }
}

fn ascending(space: Keyspace) {
    let (mut before, mut key) = (Vec::new(), Vec::new());
    space.key(0, &mut before);
    for i in 1..space.keys {
        space.key(i, &mut key);
        assert!(before < key, "{:?} number {i}: {}", space.shape, String::from_utf8_lossy(&key));
        std::mem::swap(&mut before, &mut key);
    }
}
