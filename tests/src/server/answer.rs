//! An answer and what goes wrong with it.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers but for Content-Length, which is the body's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Arc<[u8]>,
    /// What goes wrong.
    pub fault: Option<Fault>,
}

/// What goes wrong with an answer; every one but the first ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer is whole, so much later.
    Late(Duration),
    /// No answer ever.
    Stall,
    /// Nothing more after so many bytes of the body, on a connection that stays open.
    StallAt(usize),
    /// The connection is reset instead of an answer.
    Reset,
    /// The connection is reset after so many bytes of the body.
    ResetAt(usize),
    /// The connection is closed after so many bytes of the body.
    CutAt(usize),
    /// Each byte of the body comes so much after the one before it.
    Drip(Duration),
}

impl Response {
    /// A body of a type, whole.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".into(), content_type.into())],
            body: body.into().into(),
            fault: None,
        }
    }

    /// A page.
    pub fn html(page: impl Into<Vec<u8>>) -> Self {
        Self::ok("text/html; charset=utf-8", page)
    }

    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Arc::default(),
            fault: None,
        }
    }

    /// The same with one header more.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with a fault.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// Sends the answer with its fault; whether the connection can be used again. Tells when the last byte is about to be sent, or the
/// connection has ended. What the client sends meanwhile goes to `read`.
pub(super) async fn send(
    stream: &TcpStream,
    response: &Response,
    read: &mut Vec<u8>,
    answered: impl Fn(Instant),
) -> io::Result<bool> {
    let body = &response.body;
    let head = head(response);
    let start = |n_bytes: usize| [head.as_bytes(), &body[..n_bytes.min(body.len())]].concat();
    match response.fault {
        None | Some(Fault::Late(_)) => {
            if let Some(Fault::Late(wait)) = response.fault {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    closed = until_closed(stream, read) => return closed.and(Err(io::ErrorKind::UnexpectedEof.into())),
                }
            }
            answered(Instant::now());
            write(stream, &start(body.len())).await?;
            return Ok(true);
        }
        Some(Fault::Stall) => until_closed(stream, read).await?,
        Some(Fault::StallAt(n_bytes)) => {
            write(stream, &start(n_bytes)).await?;
            until_closed(stream, read).await?;
        }
        Some(Fault::Reset) => stream.set_zero_linger()?,
        Some(Fault::ResetAt(n_bytes)) => {
            write(stream, &start(n_bytes)).await?;
            stream.set_zero_linger()?;
        }
        Some(Fault::CutAt(n_bytes)) => write(stream, &start(n_bytes)).await?,
        Some(Fault::Drip(wait)) => {
            write(stream, head.as_bytes()).await?;
            for byte in body.iter() {
                tokio::time::sleep(wait).await;
                write(stream, &[*byte]).await?;
            }
        }
    }
    answered(Instant::now());
    Ok(false)
}

fn head(response: &Response) -> String {
    let lines = response.headers.iter();
    let lines: String = lines
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let (status, n_bytes) = (response.status, response.body.len());
    // A 304 has no body, and its length would be that of the body that is not sent.
    let length = if status == 304 {
        String::new()
    } else {
        format!("Content-Length: {n_bytes}\r\n")
    };
    format!("HTTP/1.1 {status} Status\r\n{lines}{length}\r\n")
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(n_bytes) => bytes = &bytes[n_bytes..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until the client has given up; what it sends until then is kept.
async fn until_closed(stream: &TcpStream, read: &mut Vec<u8>) -> io::Result<()> {
    loop {
        stream.readable().await?;
        match stream.try_read_buf(read) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}
