//! What was asked and answered since the start or the last reset.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::fault::Fault;

pub static STATS: Stats = Stats::new();
const TICKS_A_SECOND: f64 = 100.0; // what Linux tells every program, on every machine

pub struct Stats {
    requests: AtomicU64,
    listings: AtomicU64,
    pages: AtomicU64,
    keys: AtomicU64,
    bytes: AtomicU64,
    slow_down: AtomicU64,
    broken: AtomicU64,
    connections: AtomicU64,
    under_way: AtomicU64,
    most_at_once: AtomicU64,
}

impl Stats {
    const fn new() -> Stats {
        Stats {
            requests: AtomicU64::new(0),
            listings: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            keys: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            slow_down: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            most_at_once: AtomicU64::new(0),
        }
    }

    fn counters(&self) -> [(&'static str, &AtomicU64); 9] {
        [
            ("requests", &self.requests),
            ("listings", &self.listings),
            ("pages", &self.pages),
            ("keys", &self.keys),
            ("bytes", &self.bytes),
            ("slow_down", &self.slow_down),
            ("broken", &self.broken),
            ("connections", &self.connections),
            ("most_at_once", &self.most_at_once),
        ]
    }

    pub fn connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    /// One request more is under way; returns its number.
    pub fn begin(&self, listing: bool) -> u64 {
        let now = self.under_way.fetch_add(1, Relaxed) + 1;
        self.most_at_once.fetch_max(now, Relaxed);
        self.listings.fetch_add(u64::from(listing), Relaxed);
        self.requests.fetch_add(1, Relaxed)
    }

    pub fn end(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.under_way.fetch_sub(1, Relaxed);
    }

    pub fn page(&self, keys: u64) {
        self.pages.fetch_add(1, Relaxed);
        self.keys.fetch_add(keys, Relaxed);
    }

    pub fn fault(&self, fault: Fault) {
        let counter = if fault == Fault::SlowDown { &self.slow_down } else { &self.broken };
        counter.fetch_add(1, Relaxed);
    }

    /// All as JSON, with the CPU seconds of this process so far.
    pub fn json(&self) -> String {
        let counts: Vec<_> = self
            .counters()
            .iter()
            .map(|(name, counter)| format!("\"{name}\": {}", counter.load(Relaxed)))
            .collect();
        format!("{{{}, \"cpu_s\": {:.2}}}\n", counts.join(", "), cpu_s())
    }

    pub fn reset(&self) {
        for (_, counter) in self.counters() {
            counter.store(0, Relaxed);
        }
    }
}

fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks / TICKS_A_SECOND
}
