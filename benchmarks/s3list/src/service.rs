//! One connection: its requests, each sent to what answers it.

use std::io;
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use crate::answer::{Answer, Break, XML};
use crate::bucket::Bucket;
use crate::fault::Fault;
use crate::listing::{self, NAMESPACE};
use crate::object;
use crate::request::{Request, Requests};
use crate::stats::STATS;

const OK: &str = "200 OK";
const STATS_PATH: &str = "__stats";

pub fn connection(mut connection: TcpStream, buckets: &[String]) -> io::Result<()> {
    connection.set_nodelay(true)?;
    STATS.connection();
    let mut requests = Requests::default();
    while let Some(request) = requests.next(&mut connection)? {
        if request.bucket == STATS_PATH {
            statistics(&request).send(&mut connection)?;
        } else if !one(&mut connection, &request, buckets)? {
            break;
        }
        if request.close {
            break;
        }
    }
    Ok(())
}

/// Answer one request; returns whether the connection lives on.
fn one(connection: &mut TcpStream, request: &Request, buckets: &[String]) -> io::Result<bool> {
    let came = Instant::now();
    let number = STATS.begin(is_listing(request));
    let bucket = Bucket::named(&request.bucket);
    let fault = bucket.as_ref().and_then(|bucket| bucket.faults.draw(number));
    let answer = answer(bucket.as_ref(), request, fault, buckets);
    if let Some(bucket) = &bucket {
        thread::sleep(bucket.latency.saturating_sub(came.elapsed()));
    }
    if let Some(fault) = fault {
        STATS.fault(fault);
    }
    let sent = match fault {
        Some(Fault::Cut) => answer.break_off(connection, Break::Reset).map(|()| None),
        Some(Fault::Truncated) => answer.break_off(connection, Break::Close).map(|()| None),
        _ => answer.send(connection).map(Some),
    };
    STATS.end(sent.as_ref().ok().copied().flatten().unwrap_or(0));
    sent.map(|bytes| bytes.is_some())
}

fn answer(bucket: Option<&Bucket>, request: &Request, fault: Option<Fault>, buckets: &[String]) -> Answer {
    let head = request.is_head();
    match (bucket, fault) {
        _ if request.bucket.is_empty() => Answer::text(OK, all(buckets)),
        (None, _) => Answer::error("404 Not Found", "NoSuchBucket", head),
        (_, Some(Fault::SlowDown)) => Answer::error("503 Slow Down", "SlowDown", head),
        (_, Some(Fault::ErrorIn200)) => Answer::error(OK, "InternalError", head),
        (Some(bucket), _) if request.key.is_empty() => of_bucket(bucket, request),
        (Some(bucket), _) => object::answer(bucket, request),
    }
}

fn of_bucket(bucket: &Bucket, request: &Request) -> Answer {
    let body = if request.query("location").is_some() {
        format!("{XML}<LocationConstraint xmlns=\"{NAMESPACE}\"></LocationConstraint>").into_bytes()
    } else if request.query("versioning").is_some() {
        format!("{XML}<VersioningConfiguration xmlns=\"{NAMESPACE}\"/>").into_bytes()
    } else if is_listing(request) {
        listing::body(bucket, request)
    } else {
        Vec::new()
    };
    let mut answer = Answer::text(OK, body);
    answer.headers.push_str("x-amz-bucket-region: us-east-1\r\n");
    answer.chunked = bucket.chunked && !request.is_head();
    answer
}

fn is_listing(request: &Request) -> bool {
    let other = ["location", "versioning"].iter().any(|name| request.query(name).is_some());
    request.method == "GET" && !request.bucket.is_empty() && request.key.is_empty() && !other
}

fn all(buckets: &[String]) -> Vec<u8> {
    let made = "<CreationDate>2014-09-01T00:00:00.000Z</CreationDate>";
    let each: String =
        buckets.iter().map(|name| format!("<Bucket><Name>{name}</Name>{made}</Bucket>")).collect();
    let owner = "<Owner><ID>0</ID><DisplayName>me</DisplayName></Owner>";
    format!("{XML}<ListAllMyBucketsResult xmlns=\"{NAMESPACE}\">{owner}<Buckets>{each}</Buckets></ListAllMyBucketsResult>")
        .into_bytes()
}

fn statistics(request: &Request) -> Answer {
    let answer = Answer::text(OK, STATS.json().into_bytes());
    if request.query("reset").is_some() {
        STATS.reset();
    }
    answer
}
