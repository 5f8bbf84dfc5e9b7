//! One request: its head as it comes from the connection, made out.

use std::io::{self, Read};
use std::net::TcpStream;

use crate::encode::decoded;

const END: &[u8] = b"\r\n\r\n";

pub struct Request {
    pub method: String,
    pub bucket: String,
    pub key: Vec<u8>,
    pub close: bool,
    /// The value of the Range header.
    pub range: Option<String>,
    query: Vec<(String, Vec<u8>)>,
}

impl Request {
    /// The value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&[u8]> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    fn made_out(head: &str) -> Request {
        let mut words = head.lines().next().unwrap_or("").split(' ');
        let method = words.next().unwrap_or("").to_string();
        let (path, query) =
            words.next().map_or(("", ""), |target| target.split_once('?').unwrap_or((target, "")));
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Request {
            method,
            bucket: bucket.to_string(),
            key: decoded(key, false),
            close: header(head, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
            range: header(head, "range").map(str::to_string),
            query: query.split('&').filter(|pair| !pair.is_empty()).map(parameter).collect(),
        }
    }
}

/// The requests of one connection, one after the other.
#[derive(Default)]
pub struct Requests {
    unread: Vec<u8>,
}

impl Requests {
    /// The next request; None where the client has hung up. A body is read and dropped.
    pub fn next(&mut self, connection: &mut TcpStream) -> io::Result<Option<Request>> {
        let end = loop {
            if let Some(at) = self.unread.windows(END.len()).position(|window| window == END) {
                break at + END.len();
            }
            if !self.more(connection)? {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        let body: usize = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        while self.unread.len() < end + body {
            if !self.more(connection)? {
                return Ok(None);
            }
        }
        self.unread.drain(..end + body);
        Ok(Some(Request::made_out(&head)))
    }

    fn more(&mut self, connection: &mut TcpStream) -> io::Result<bool> {
        let mut part = [0; 16_384];
        let count = connection.read(&mut part)?;
        self.unread.extend_from_slice(&part[..count]);
        Ok(count > 0)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn parameter(pair: &str) -> (String, Vec<u8>) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name.to_string(), decoded(value, true))
}
