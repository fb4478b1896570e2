//! A server that sends exactly the bytes that a test says, and nothing that a library would mend.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How a TLS client begins.
const TLS_HANDSHAKE: u8 = 0x16;

/// What the server does, after it has read a request; at the end of its steps it closes the connection.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Sends pieces of so many bytes with a pause before each.
    Drip(Vec<u8>, usize, Duration),
    /// Sends the same again and again until the client has gone.
    Flood(Vec<u8>),
    /// Keeps the connection open until the client has gone.
    Stall,
    /// Breaks the connection off with a reset.
    Reset,
    /// Reads the next request.
    Read,
}

pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    _accepting: JoinSet<()>,
}

pub(crate) fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

impl Server {
    /// Takes the steps of one script for each connection in turn, and of the last for every one after it.
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, scripts, requests.clone()));
        Self {
            port,
            requests,
            _accepting: accepting,
        }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The heads of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, scripts: Vec<Vec<Step>>, requests: Arc<Mutex<Vec<String>>>) {
    let mut connections = JoinSet::new();
    for n in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        let script = scripts[n.min(scripts.len() - 1)].clone();
        let requests = requests.clone();
        // A client that goes away ends its connection, which is what many faults lead to.
        connections.spawn(async move { play(&stream, script, &requests).await.is_ok() });
    }
}

async fn play(
    stream: &TcpStream,
    script: Vec<Step>,
    requests: &Mutex<Vec<String>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let read = async || {
        let request = read_request(stream).await?;
        requests.lock().unwrap().push(request);
        io::Result::Ok(())
    };
    read().await?;
    for step in script {
        match step {
            Step::Send(bytes) => write(stream, &bytes).await?,
            Step::Drip(bytes, n_bytes, pause) => {
                for piece in bytes.chunks(n_bytes) {
                    sleep(pause).await;
                    write(stream, piece).await?;
                }
            }
            Step::Flood(bytes) => loop {
                write(stream, &bytes).await?;
            },
            Step::Stall => while read_some(stream, &mut Vec::new()).await? > 0 {},
            Step::Reset => stream.set_zero_linger()?,
            Step::Read => read().await?,
        }
    }
    Ok(())
}

/// The head of a request, or the start of a TLS handshake.
async fn read_request(stream: &TcpStream) -> io::Result<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") && read.first() != Some(&TLS_HANDSHAKE) {
        if read_some(stream, &mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

async fn read_some(stream: &TcpStream, read: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read_buf(read) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
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
