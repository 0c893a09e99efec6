//! The network client against real sockets on loopback: TLS and HTTP/2 to a "Google" of our own, through a proxy of
//! our own, and what each failure is called.

#[path = "support/never_real.rs"]
mod never_real;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sa_audit::gcp::backend::Backend as _;

use sa_audit::gcp::wire::{Proxy, Wire};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &[u8] = include_bytes!("support/never-real-certificate.der");
const SECRETS_IN_PROXY_URL: [&str; 3] = ["scott", "hunter2", "c2NvdHQ6aHVudGVyMg=="];

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    (listener, address)
}

/// Starts an HTTP/2 server for `*.googleapis.com`; it answers with the host that it was asked for. Returns its address
/// and the number of connections so far.
async fn google() -> (SocketAddr, Arc<Mutex<usize>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(never_real::KEY)),
        )
        .expect("a certificate");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listen().await;
    let connections = Arc::new(Mutex::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *count.lock().expect("the count") += 1;
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
                    assert_eq!(request.version(), Version::HTTP_2);
                    Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(format!(
                        "you asked {}",
                        request.uri()
                    ))))
                });
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                // The client hangs up at the end of the test.
                server
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .ok();
            });
        }
    });
    (address, connections)
}

/// Returns a request's head, to the empty line.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a byte of the head"));
    }
    String::from_utf8(head).expect("text")
}

/// Starts a proxy that answers every CONNECT with this head, and connects it to the target if that says 200. Returns
/// its address and the heads that it was sent.
async fn proxy(answer: &'static str, target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let (listener, address) = listen().await;
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let head = read_head(&mut client).await;
            seen.lock().expect("the heads").push(head);
            client.write_all(answer.as_bytes()).await.expect("answered");
            if answer.contains(" 200 ") {
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(target).await.expect("the target");
                    tokio::io::copy_bidirectional(&mut client, &mut server)
                        .await
                        .ok();
                });
            }
        }
    });
    (address, heads)
}

fn through(proxy: SocketAddr) -> Proxy {
    Proxy::from_lookup(&|name| match name {
        "HTTPS_PROXY" => Some(format!("http://scott:hunter2@{proxy}")),
        _ => None,
    })
    .expect("a usable proxy")
}

fn trusting_our_google(proxy: Proxy) -> Wire {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(CERTIFICATE))
        .expect("a certificate");
    Wire::trusting(proxy, roots)
}

fn get(uri: &str) -> Request<Bytes> {
    Request::get(uri).body(Bytes::new()).expect("a request")
}

async fn body(wire: &Wire, uri: &str) -> io::Result<String> {
    let body = wire
        .send(get(uri))
        .await?
        .into_body()
        .collect()
        .await?
        .to_bytes();
    Ok(String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn requests_share_one_tunnel_and_one_http2_connection() {
    let (google, connections) = google().await;
    let (proxy, heads) = proxy("HTTP/1.1 200 Connection established\r\n\r\n", google).await;
    let wire = Arc::new(trusting_our_google(through(proxy)));
    let callers: Vec<_> = (0..20)
        .map(|n| {
            let wire = wire.clone();
            tokio::spawn(
                async move { body(&wire, &format!("https://iam.googleapis.com/v1/{n}")).await },
            )
        })
        .collect();
    for (n, caller) in callers.into_iter().enumerate() {
        let answer = caller.await.expect("the caller").expect("an answer");
        assert_eq!(
            answer,
            format!("you asked https://iam.googleapis.com/v1/{n}")
        );
    }
    assert_eq!(*connections.lock().expect("the count"), 1);
    assert_eq!(
        *heads.lock().expect("the heads"),
        [
            "CONNECT iam.googleapis.com:443 HTTP/1.1\r\nHost: iam.googleapis.com:443\r\n\
          Proxy-Authorization: Basic c2NvdHQ6aHVudGVyMg==\r\n\r\n"
        ]
    );
    let shown = format!("{wire:?}");
    assert!(
        SECRETS_IN_PROXY_URL
            .iter()
            .all(|secret| !shown.contains(secret)),
        "{shown}"
    );
}

#[tokio::test]
async fn plain_http_and_loopback_stay_out_of_the_proxy() {
    let (google, _) = google().await;
    let (proxy, heads) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n", google).await;
    let wire = trusting_our_google(through(proxy));
    let (listener, plain) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        assert!(
            read_head(&mut stream)
                .await
                .starts_with("GET /x HTTP/1.1\r\n")
        );
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain")
            .await
            .expect("answered");
        std::future::pending::<()>().await;
    });
    assert_eq!(
        body(&wire, &format!("http://{plain}/x"))
            .await
            .expect("an answer"),
        "plain"
    );
    // The certificate is not for an address, which shows that the proxy was not asked: it would have refused first.
    let error = body(&wire, &format!("https://{google}/"))
        .await
        .expect_err("another name");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(heads.lock().expect("the heads").len(), 0);
}

#[tokio::test]
async fn a_refusing_proxy_is_named_without_its_password() {
    let (google, _) = google().await;
    for (answer, kind, told) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            io::ErrorKind::PermissionDenied,
            "iam.googleapis.com:443: proxy: it wants a user name and password (407); put them into HTTPS_PROXY",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            io::ErrorKind::ConnectionAborted,
            "iam.googleapis.com:443: proxy: tunnel unsuccessful",
        ),
    ] {
        let (proxy, _) = proxy(answer, google).await;
        let error = body(
            &trusting_our_google(through(proxy)),
            "https://iam.googleapis.com/v1/secret?key=hunter2",
        )
        .await
        .expect_err("no tunnel");
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, told));
    }
    let (listener, closed) = listen().await;
    drop(listener);
    let error = body(
        &trusting_our_google(through(closed)),
        "https://iam.googleapis.com/",
    )
    .await
    .expect_err("closed");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(
        error.to_string(),
        "iam.googleapis.com:443: proxy: connection refused"
    );
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let (google, _) = google().await;
    let (proxy, _) = proxy("HTTP/1.1 200 OK\r\n\r\n", google).await;
    // The machine's own roots do not know our certificate; a machine without any is refused for that.
    let error = body(&Wire::new(through(proxy)), "https://iam.googleapis.com/")
        .await
        .expect_err("not Google");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("TLS: "), "{error}");

    let wire = trusting_our_google(through(proxy));
    let error = body(&wire, "https://iam.googleapis.com.evil.test/")
        .await
        .expect_err("another name");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

/// Starts a server that reads a request, sends this, and hangs up.
async fn hanging_up_after(sent: &'static [u8]) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            stream.write_all(sent).await.expect("sent");
        }
    });
    address
}

#[tokio::test]
async fn each_failure_has_its_kind() {
    let wire = Wire::new(Proxy::default());
    let (listener, closed) = listen().await;
    drop(listener);
    let refused = body(&wire, &format!("http://{closed}/token?secret=x"))
        .await
        .expect_err("nobody listens");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(refused.to_string(), format!("{closed}: connection refused"));

    let silent = hanging_up_after(b"").await;
    let cut_head = body(&wire, &format!("http://{silent}/"))
        .await
        .expect_err("no answer");
    assert_eq!(cut_head.kind(), io::ErrorKind::UnexpectedEof);

    let short = hanging_up_after(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort").await;
    let cut_body = body(&wire, &format!("http://{short}/"))
        .await
        .expect_err("a cut body");
    assert_eq!(cut_body.kind(), io::ErrorKind::UnexpectedEof);

    // A label of 64 characters fits into no DNS query, so that none is sent.
    let name = "x".repeat(64);
    let unknown = body(&wire, &format!("http://{name}/"))
        .await
        .expect_err("no such host");
    assert_eq!(
        unknown.to_string(),
        format!("{name}:80: no such host (DNS)")
    );
    assert_eq!(unknown.kind(), io::ErrorKind::HostUnreachable);

    for odd in ["/relative", "ftp://127.0.0.1/"] {
        let error = wire.send(get(odd)).await.expect_err("not an address");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn redirects_are_handed_back() {
    let elsewhere = hanging_up_after(
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let wire = Wire::new(Proxy::default());
    let response = wire
        .send(get(&format!("http://{elsewhere}/")))
        .await
        .expect("an answer");
    assert_eq!(response.status(), 302);
}
