//! A synthetic S3 for measuring listings: keys are computed, not stored; a bucket's name says all about it.

mod answer;
mod bucket;
mod check;
mod encode;
mod fault;
mod keyspace;
mod listing;
mod object;
mod request;
mod service;
mod shape;
mod stats;
mod text;

use std::net::{TcpListener, TcpStream};
use std::thread;

const STACK: usize = 256 * 1024; // a thread for each connection, and there may be hundreds

fn main() {
    let mut port = 0;
    let mut buckets = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--port" => port = words.next().and_then(|text| text.parse().ok()).expect("--port NUMBER"),
            "--check" => return check::all(),
            "--keys" => return check::print(&words.next().expect("--keys BUCKET")),
            "--object" => {
                return object::print(
                    words.next().and_then(|text| text.parse().ok()).expect("--object BYTES"),
                )
            }
            _ => buckets.push(word),
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port of 127.0.0.1");
    println!("s3list on http://{}", listener.local_addr().expect("an address"));
    let buckets: &'static [String] = Vec::leak(buckets);
    for connection in listener.incoming().flatten() {
        serve(connection, buckets);
    }
}

fn serve(connection: TcpStream, buckets: &'static [String]) {
    let thread = thread::Builder::new().stack_size(STACK);
    // A client that goes away, or no thread to be had, ends this connection and no other.
    let _ = thread.spawn(move || service::connection(connection, buckets));
}
