//! Proxies that open tunnels to this machine, whatever the name: CONNECT and SOCKS5.

use super::super::run::LIMIT;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A proxy, and what it was asked for.
pub struct Proxy {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Who may ask.
pub type Login = Option<(&'static str, &'static str)>;

/// Serves each connection with this, until the test ends; gives the port.
pub fn serve(on: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let on = Arc::new(on);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            stream.set_read_timeout(Some(LIMIT)).expect("a limit");
            let on = on.clone();
            std::thread::spawn(move || on(stream));
        }
    });
    port
}

/// Answers each chunk that comes with the next of these, then ends TCP.
pub fn says(answers: &'static [&'static [u8]]) -> u16 {
    serve(move |mut stream| {
        for answer in answers {
            let _ = stream.read(&mut [0; 4096])?;
            stream.write_all(answer)?;
        }
        stream.shutdown(Shutdown::Write)?;
        io::copy(&mut stream, &mut io::sink()).map(drop)
    })
}

impl Proxy {
    /// Opens tunnels on CONNECT.
    pub fn connect(login: Login) -> Proxy {
        Proxy::start(move |stream, asked| {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(octet(stream)?);
            }
            let head = String::from_utf8(head).expect("text");
            let target = head.split(' ').nth(1).expect("a target").to_owned();
            assert_eq!(super::super::wire::header(&head, "Host"), Some(&target[..]));
            let expected = login.map(|(user, password)| {
                format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
            });
            let given = super::super::wire::header(&head, "Proxy-Authorization");
            asked.lock().expect("no panic").push(target.clone());
            if given != expected.as_deref() {
                let refusal = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n\r\n";
                stream.write_all(refusal.as_bytes())?;
                return Ok(None);
            }
            stream.write_all(b"HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n")?;
            Ok(Some(target))
        })
    }

    /// Opens tunnels as RFC 1928 and 1929 say.
    pub fn socks5(login: Login) -> Proxy {
        Proxy::start(move |stream, asked| {
            assert_eq!(octet(stream)?, 5);
            let methods = octets(stream)?;
            let method = if login.is_some() { 2 } else { 0 };
            if !methods.contains(&method) {
                stream.write_all(&[5, 0xFF])?;
                return Ok(None);
            }
            stream.write_all(&[5, method])?;
            if let Some((user, password)) = login {
                assert_eq!(octet(stream)?, 1);
                let (given, secret) = (octets(stream)?, octets(stream)?);
                let right = given == user.as_bytes() && secret == password.as_bytes();
                stream.write_all(&[1, u8::from(!right)])?;
                if !right {
                    return Ok(None);
                }
            }
            let mut request = [0; 4];
            stream.read_exact(&mut request)?;
            assert_eq!(request[..3], [5, 1, 0]);
            let host = match request[3] {
                1 => {
                    let mut ip = [0; 4];
                    stream.read_exact(&mut ip)?;
                    std::net::Ipv4Addr::from(ip).to_string()
                }
                3 => String::from_utf8(octets(stream)?).expect("a name"),
                other => panic!("type of address {other}"),
            };
            let port = u16::from_be_bytes([octet(stream)?, octet(stream)?]);
            asked.lock().expect("no panic").push(format!("{host}:{port}"));
            // The address that it connected from; a name, the form that is read with most care.
            stream.write_all(b"\x05\0\0\x03\x01p\0\x50")?;
            Ok(Some(format!("{host}:{port}")))
        })
    }

    fn start(
        open: impl Fn(&mut TcpStream, &Mutex<Vec<String>>) -> io::Result<Option<String>>
        + Send
        + Sync
        + 'static,
    ) -> Proxy {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = asked.clone();
        let port = serve(move |mut stream| match open(&mut stream, &shared)? {
            Some(target) => tunnel(stream, &target),
            None => Ok(()),
        });
        Proxy { port, asked }
    }

    /// What it was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn octet(stream: &mut TcpStream) -> io::Result<u8> {
    let mut octet = [0];
    stream.read_exact(&mut octet)?;
    Ok(octet[0])
}

/// Octets behind one that counts them.
fn octets(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; usize::from(octet(stream)?)];
    stream.read_exact(&mut octets)?;
    Ok(octets)
}

/// Passes both directions on, each with its FIN.
fn tunnel(client: TcpStream, target: &str) -> io::Result<()> {
    let (_, port) = target.rsplit_once(':').expect("HOST:PORT");
    let server = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        })
    };
    pass(client.try_clone()?, server.try_clone()?);
    pass(server, client);
    Ok(())
}
