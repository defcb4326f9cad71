//! Statements end with the requests that wait for them, and those that take too long are stopped: nobody's question keeps
//! others from being answered.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use stadtwin::api::{AppState, Patience};
use stadtwin::crs::HeightModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::editing::desk::{Desk, ITEMS};
use crate::http::{Answer, request};
use crate::support::served::start;

/// Connections for requests, and those of them that searches may hold.
const CONNECTIONS: i64 = 8;
const SEARCHES: i64 = 5;

/// Somebody who keeps all statements on features from coming to their end.
pub struct Blocker(PgConnection);

impl Blocker {
    pub async fn of(desk: &Desk) -> Blocker {
        let options: PgConnectOptions = desk.served.database.url.parse().unwrap();
        let mut connection = PgConnection::connect_with(&options.disable_statement_logging()).await.unwrap();
        connection.execute("BEGIN; LOCK TABLE city_object IN ACCESS EXCLUSIVE MODE").await.unwrap();
        Blocker(connection)
    }

    /// Statements that wait for it.
    async fn waiting(&mut self) -> i64 {
        // Within a transaction, what was seen first goes on being seen.
        self.0.execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'",
        );
        count.fetch_one(&mut self.0).await.unwrap()
    }

    pub async fn until(&mut self, count: i64, patience: Duration) {
        let begun = Instant::now();
        loop {
            let now = self.waiting().await;
            if now == count {
                return;
            }
            assert!(begun.elapsed() < patience, "{now} statements wait, not {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn end(mut self) {
        self.0.execute("ROLLBACK").await.unwrap();
    }
}

/// Clients whose answers do not come: each on a connection of its own.
fn ask(address: &str, count: i64) -> Vec<tokio::task::JoinHandle<Answer>> {
    let ask = |number| {
        let address = address.to_owned();
        let target = format!("{ITEMS}?limit=1&filter=distance3d(geometry,POINT Z(690000 5334000 {number}))%3E1&filter-crs=http://www.opengis.net/def/crs/EPSG/0/25832")
            .replace(' ', "%20");
        tokio::spawn(async move { request(&address, "GET", &target, &[]).await })
    };
    (0..count).map(ask).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_takes_the_statement_along() {
    let desk = Desk::with(2).await;
    let answer = ask(&desk.served.address, 1).remove(0).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut blocker = Blocker::of(&desk).await;
    for _ in 0..3 {
        let clients = ask(&desk.served.address, SEARCHES);
        blocker.until(SEARCHES, Duration::from_secs(10)).await;
        // Workers, edits and their signs of life have connections of their own.
        let ping = desk.served.database.store.ping();
        tokio::time::timeout(Duration::from_secs(1), ping).await.expect("a connection is free").unwrap();
        clients.iter().for_each(|client| client.abort());
        let gone = Instant::now();
        let other = desk.get("/collections").await;
        assert_eq!(other.status, 200, "{}", other.text());
        assert!(gone.elapsed() < Duration::from_secs(1), "{:?}", gone.elapsed());
        blocker.until(0, Duration::from_secs(3)).await;
    }
    blocker.end().await;
    let answer = ask(&desk.served.address, 1).remove(0).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_stopped() {
    let desk = Desk::with(2).await;
    let store = &desk.served.database.store;
    let state = AppState {
        store: store.for_requests(Duration::from_millis(400)),
        ..AppState::new(store.clone(), HeightModel::Constant(45.5))
    };
    let address = start(state).await;
    let mut blocker = Blocker::of(&desk).await;
    let answer = request(&address, "GET", &format!("{ITEMS}?limit=1"), &[]).await;
    let problem = answer.json();
    assert_eq!((answer.status, answer.header("retry-after")), (503, "30"), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem["code"], "Unavailable");
    assert!(problem["detail"].as_str().unwrap().contains("narrower filter"), "{problem}");
    blocker.until(0, Duration::from_secs(1)).await;
    blocker.end().await;
    assert_eq!(request(&address, "GET", &format!("{ITEMS}?limit=1"), &[]).await.status, 200);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_connection_may_come_again() {
    let desk = Desk::with(2).await;
    let mut blocker = Blocker::of(&desk).await;
    let plain = (SEARCHES..CONNECTIONS).map(|_| {
        let address = desk.served.address.clone();
        tokio::spawn(async move { request(&address, "GET", &format!("{ITEMS}?limit=1"), &[]).await })
    });
    let clients: Vec<_> = plain.chain(ask(&desk.served.address, SEARCHES)).collect();
    blocker.until(CONNECTIONS, Duration::from_secs(10)).await;
    let answer = desk.get(&format!("{ITEMS}?limit=1")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{}", answer.text());
    assert!(answer.json()["detail"].as_str().unwrap().contains("try again"), "{}", answer.text());
    blocker.end().await;
    for client in clients {
        assert_eq!(client.await.unwrap().status, 200);
    }
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_leave_connections_to_others() {
    let desk = Desk::with(2).await;
    let mut blocker = Blocker::of(&desk).await;
    let mut clients = ask(&desk.served.address, CONNECTIONS + 4);
    blocker.until(SEARCHES, Duration::from_secs(10)).await;
    // What needs no rows of features is answered meanwhile.
    let asked = Instant::now();
    let answer = desk.get("/collections/buildings/revisions").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    let answer = ask(&desk.served.address, 1).remove(0).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{}", answer.text());
    assert!(answer.json()["detail"].as_str().unwrap().contains("searches"), "{}", answer.text());
    blocker.end().await;
    let mut answered = 0;
    for client in clients.drain(..) {
        answered += i64::from(client.await.unwrap().status == 200);
    }
    assert_eq!(answered, SEARCHES);
    desk.served.database.close().await;
}

/// A server that soon loses its patience.
async fn impatient(desk: &Desk) -> String {
    let patience = Patience {
        head: Duration::from_millis(600),
        answer: Duration::from_millis(600),
        ..Patience::default()
    };
    with_patience(desk, patience).await
}

async fn with_patience(desk: &Desk, patience: Patience) -> String {
    let state = AppState::new(desk.served.database.store.clone(), HeightModel::Constant(45.5));
    start(AppState { patience, ..state }).await
}

/// Sends the pieces one by one and reads until the server ends the connection; gives what came.
async fn until_the_end(address: &str, pieces: &[&str], pause: Duration) -> (String, Duration) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    for piece in pieces {
        // Who is not listened to any more has been given up.
        if stream.write_all(piece.as_bytes()).await.is_err() {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap();
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

#[tokio::test]
async fn who_sends_nothing_or_too_slowly_is_left() {
    let desk = Desk::with(1).await;
    let address = impatient(&desk).await;
    let head = format!("GET {ITEMS} HTTP/1.1\r\nhost: x\r\n");
    let dribble = vec!["a: b\r\n"; 40];
    for (pieces, expected) in [
        (vec![], ""),
        ([vec![head.as_str()], dribble].concat(), ""),
        // Answered, and then silent on a connection kept alive.
        (vec![head.as_str(), "\r\n"], "HTTP/1.1 200 OK"),
    ] {
        let (answer, took) = until_the_end(&address, &pieces, Duration::from_millis(50)).await;
        assert!(answer.starts_with(expected) && answer.is_empty() == expected.is_empty(), "{answer}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    desk.served.database.close().await;
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_left() {
    let desk = Desk::with(1).await;
    let address = impatient(&desk).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    // More than the buffers of both ends hold, and nothing of it is read for a while.
    let requests = "GET /api HTTP/1.1\r\nhost: x\r\naccept-encoding: identity\r\n\r\n".repeat(200);
    let sending = stream.write_all(requests.as_bytes());
    let _ = tokio::time::timeout(Duration::from_secs(2), sending).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap();
    let answers = String::from_utf8_lossy(&answer).matches("HTTP/1.1 200 OK").count();
    assert!((1..200).contains(&answers), "{answers} answers");
    desk.served.database.close().await;
}

/// More than the buffers of both ends hold.
const LONG: &str = "limit=10000&f=cityjson";

/// Asks for a long answer, with room for little of it, and reads its beginning.
async fn begin_download(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET {ITEMS}?{LONG} HTTP/1.1\r\nhost: x\r\naccept-encoding: identity\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut beginning = vec![0; 4096];
    stream.read_exact(&mut beginning).await.unwrap();
    assert!(beginning.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&beginning));
    stream
}

/// Statements of clients on the database that are under way.
async fn statements(desk: &Desk) -> i64 {
    let mut connection = PgConnection::connect(&desk.served.database.url).await.unwrap();
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
             AND state <> 'idle'",
    );
    count.fetch_one(&mut connection).await.unwrap()
}

/// Nobody waits for the database while an answer is sent; what was begun beside it, such as rows read ahead, comes to
/// its end.
async fn no_statement_is_held(desk: &Desk) {
    let begun = Instant::now();
    loop {
        let held = statements(desk).await;
        if held == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{held} statements are held");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_that_end_early_or_drip_free_their_connections() {
    let desk = Desk::with(4_500).await;
    let length = desk.get(&format!("{ITEMS}?{LONG}")).await.body.len();
    assert!(length > 8 << 20, "{length}");
    let one = &format!("{ITEMS}?limit=1");
    // There is place for one: who comes next is answered when it is free.
    let only = Patience { most: 1, ..Patience::default() };
    let address = with_patience(&desk, only).await;
    for _ in 0..10 {
        let stream = begin_download(&address).await;
        no_statement_is_held(&desk).await;
        drop(stream);
    }
    let next = request(&address, "GET", one, &[]);
    let next = tokio::time::timeout(Duration::from_secs(10), next).await.expect("the place is free");
    assert_eq!(next.status, 200, "{}", next.text());

    let address = with_patience(&desk, Patience { answer: Duration::from_millis(600), ..only }).await;
    let mut stream = begin_download(&address).await;
    let dripping = tokio::spawn(async move {
        let (mut ticks, mut room) = (tokio::time::interval(Duration::from_millis(20)), [0; 256]);
        while stream.read(&mut room).await.is_ok_and(|bytes| bytes > 0) {
            ticks.tick().await;
        }
    });
    let next = request(&address, "GET", one, &[]);
    let next = tokio::time::timeout(Duration::from_secs(20), next).await.expect("the place is free");
    assert_eq!(next.status, 200, "{}", next.text());
    assert!(!dripping.is_finished(), "it would have gone on");
    dripping.abort();
    desk.served.database.close().await;
}

#[tokio::test]
async fn heads_that_cannot_be_are_refused_with_a_reason() {
    let desk = Desk::with(1).await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "y".repeat(140_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
    let address = format!("GET /?x={} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(70_000));
    for (head, status, detail) in [
        (long.as_str(), 431, "131072 bytes"),
        (many.as_str(), 431, "100 headers"),
        (address.as_str(), 414, "address"),
        ("GET / HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n", 400, "HTTP/1.1"),
        ("GET / HTTP/7.1\r\nhost: x\r\n\r\n", 400, "HTTP/1.1"),
        ("G(T / HTTP/1.1\r\nhost: x\r\n\r\n", 400, "HTTP/1.1"),
        ("GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400, "HTTP/1.1"),
    ] {
        let (answer, _) = until_the_end(&desk.served.address, &[head], Duration::ZERO).await;
        let shown = &head[..head.len().min(60)];
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{shown}: {answer}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {answer}");
        for line in [
            "content-type: application/problem+json",
            &format!("content-length: {}", body.len()),
            "connection: close",
            "date: ",
        ] {
            assert_eq!(head.matches(&format!("\r\n{line}")).count(), 1, "{shown}: {line}: {answer}");
        }
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"], status, "{shown}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{shown}: {problem}");
    }
    desk.served.database.close().await;
}

#[tokio::test]
async fn addresses_have_a_longest_length() {
    let desk = Desk::with(1).await;
    for (length, status) in [(59_000, 400), (61_000, 414)] {
        let answer = desk.get(&format!("{ITEMS}?x={}", "y".repeat(length))).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["status"], status);
    }
    desk.served.database.close().await;
}
