//! One answer, and how it goes out: whole, in chunks, or broken off in the middle.

use std::io::{self, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use crate::object::Content;
use crate::text::http_date;

pub const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const CHUNK: usize = 16 * 1024;

pub enum Body {
    Text(Vec<u8>),
    /// A part of a large object, which is never held whole.
    Content(Content),
    /// None, but this is its length: the answer to HEAD.
    Length(u64),
}

pub struct Answer {
    pub status: &'static str,
    /// Each with its line end.
    pub headers: String,
    pub body: Body,
    pub chunked: bool,
}

/// How the body ends before its time.
#[derive(Clone, Copy, PartialEq)]
pub enum Break {
    /// With a reset.
    Reset,
    /// With an orderly end of the connection.
    Close,
}

impl Answer {
    pub fn text(status: &'static str, body: Vec<u8>) -> Answer {
        Answer { status, headers: String::new(), body: Body::Text(body), chunked: false }
    }

    /// An error as S3 words it; the answer to HEAD has the status alone.
    pub fn error(status: &'static str, code: &str, head: bool) -> Answer {
        let body = format!(
            "{XML}<Error><Code>{code}</Code><Message>s3list says {code}.</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Answer::text(status, if head { Vec::new() } else { body.into_bytes() })
    }

    /// Send it; returns how many bytes that were.
    pub fn send(&self, connection: &mut TcpStream) -> io::Result<u64> {
        let mut out = self.head();
        match &self.body {
            Body::Text(text) if self.chunked => chunks(&mut out, text),
            Body::Text(text) => out.extend_from_slice(text),
            Body::Length(_) => {}
            Body::Content(content) => {
                connection.write_all(&out)?;
                return Ok(out.len() as u64 + content.send(connection, content.length)?);
            }
        }
        connection.write_all(&out)?;
        Ok(out.len() as u64)
    }

    /// Send the head and half of the body, and end the connection so.
    pub fn break_off(&self, connection: &mut TcpStream, how: Break) -> io::Result<()> {
        let mut out = self.head();
        if let Body::Text(text) = &self.body {
            out.extend_from_slice(&text[..text.len() / 2]);
        }
        connection.write_all(&out)?;
        if let Body::Content(content) = &self.body {
            content.send(connection, content.length / 2)?;
        }
        if how == Break::Reset {
            reset_on_close(connection);
        }
        Ok(())
    }

    fn head(&self) -> Vec<u8> {
        let length = match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::Content(content) => content.length,
            Body::Length(length) => *length,
        };
        let framing = if self.chunked {
            "Transfer-Encoding: chunked".into()
        } else {
            format!("Content-Length: {length}")
        };
        let mut date = Vec::new();
        http_date(&mut date);
        format!(
            "HTTP/1.1 {}\r\nServer: AmazonS3\r\nx-amz-request-id: 4442587FB7D0A2F9\r\n\
             Date: {}\r\nContent-Type: application/xml\r\n{}{framing}\r\n\r\n",
            self.status,
            String::from_utf8_lossy(&date),
            self.headers
        )
        .into_bytes()
    }
}

fn chunks(out: &mut Vec<u8>, text: &[u8]) {
    for part in text.chunks(CHUNK) {
        out.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
}

/// Have the connection end with a reset, as when a machine between goes away.
fn reset_on_close(connection: &TcpStream) {
    extern "C" {
        fn setsockopt(socket: i32, level: i32, name: i32, value: *const [i32; 2], length: u32) -> i32;
    }
    const SOL_SOCKET: i32 = 1;
    const SO_LINGER: i32 = 13;
    let at_once = [1, 0];
    // SAFETY: the socket is open, and `at_once` is laid out as Linux's struct linger.
    unsafe { setsockopt(connection.as_raw_fd(), SOL_SOCKET, SO_LINGER, &raw const at_once, 8) };
}
