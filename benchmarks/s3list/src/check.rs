//! `--check`: whether the keys of every shape ascend in byte order, each once.

use crate::keyspace::Keyspace;
use crate::shape::Shape;

const KEYS: u64 = 1_000_000;

pub fn all() {
    for (name, shape) in Shape::ALL {
        ascending(Keyspace { shape, keys: KEYS });
        println!("{name}: {KEYS} keys ascend");
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
