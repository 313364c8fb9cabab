//! Links to terminals, through the real server: who comes by one, what they may do, and how it ends.

use futures_util::{SinkExt as _, StreamExt as _};
use shared::{
    Event, NewShare, NewVisit, OpenTerminal, Problem, ProblemKind, Share, Sharing, TerminalId,
    Visit, paths,
    share::{MOST_SHARES, MOST_VISITS},
    terminal::{HostFrame, PageFrame, Role},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::{
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a link lasts that lasts as long as a test.
const LONG: u32 = 3600;

fn new(role: Role) -> NewShare {
    let label = None;
    NewShare {
        role,
        lasts_s: LONG,
        label,
    }
}

/// A link to a terminal, and its secret.
async fn share(guest: &Guest, id: TerminalId, role: Role) -> (Share, String) {
    let made = client::shares::make(&guest.client, id, &new(role)).await;
    let made = made.unwrap();
    let secret = made.url.rsplit_once("/watch#").unwrap().1.to_owned();
    (made.share, secret)
}

/// Asks to be let in, as nobody's account.
async fn ask(server: &TestServer, secret: &str, name: Option<&str>) -> Result<Visit, Problem> {
    let nobody = client::Client::new(&server.url("/")).unwrap();
    let visit = NewVisit {
        secret: secret.to_owned(),
        name: name.map(str::to_owned),
    };
    client::visits::ask(&nobody, &visit).await
}

/// The handshake by a ticket, on a page of some origin; the status where it is refused.
async fn connect(server: &TestServer, ticket: &str, origin: Option<&str>) -> Result<Socket, u16> {
    let url = format!("ws://{}{}", server.address, paths::visit_socket(ticket));
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// Somebody's page that shows a terminal by a link.
struct Visitor {
    socket: Socket,
    /// What they were let in as.
    visit: Visit,
    /// What was written since they came.
    text: String,
    role: Option<Role>,
    notice: String,
    size: (u16, u16),
    typed: u32,
}

impl Visitor {
    async fn come(server: &TestServer, secret: &str, name: Option<&str>) -> Self {
        let visit = ask(server, secret, name).await.unwrap();
        let origin = server.origin();
        let socket = connect(server, &visit.ticket, Some(&origin)).await;
        let mut visitor = Self {
            socket: socket.unwrap(),
            visit,
            text: String::new(),
            role: None,
            notice: String::new(),
            size: (0, 0),
            typed: 0,
        };
        visitor
            .send(PageFrame::Attach {
                epoch: 0,
                have: 0,
                client: 77,
                cols: 33,
                rows: 7,
            })
            .await;
        visitor.until(|visitor| visitor.role.is_some()).await;
        visitor
    }

    async fn send(&mut self, frame: PageFrame<'_>) {
        let sent = self.socket.send(Message::binary(frame.encode())).await;
        sent.unwrap();
    }

    async fn type_(&mut self, keys: &str) {
        self.typed += 1;
        let (number, bytes) = (self.typed, keys.as_bytes());
        self.send(PageFrame::Input { number, bytes }).await;
    }

    /// Reads until something is so.
    async fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let read = async {
            while !is_so(self) {
                let message = self.socket.next().await.unwrap().unwrap();
                self.hear(message);
            }
        };
        if timeout(PATIENCE, read).await.is_err() {
            panic!("{:?} {:?}", self.text, self.notice);
        }
    }

    fn hear(&mut self, message: Message) {
        if !message.is_binary() {
            return;
        }
        match HostFrame::decode(&message.into_data()).unwrap() {
            HostFrame::Output { bytes, .. } | HostFrame::Snapshot { bytes, .. } => {
                self.text += &String::from_utf8_lossy(bytes);
            }
            HostFrame::Attached {
                role, cols, rows, ..
            } => (self.role, self.size) = (Some(role), (cols, rows)),
            HostFrame::Notice { text } => text.clone_into(&mut self.notice),
            HostFrame::Size { cols, rows } => self.size = (cols, rows),
            HostFrame::Pong | HostFrame::Exit { .. } => {}
        }
    }

    /// Reads until the page is closed; how, if the other side says so.
    async fn until_closed(&mut self) -> Option<u16> {
        let closed = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Close(frame) = message {
                    return frame.map(|frame| frame.code.into());
                }
            }
            None
        };
        timeout(PATIENCE, closed).await.unwrap()
    }
}

/// The host closes pages so whose login counts no longer.
const POLICY: Option<u16> = Some(1008);

/// Waits until who looks at a terminal is as it should be.
async fn until_watched(guest: &Guest, id: TerminalId, is_so: impl Fn(&Sharing) -> bool) -> Sharing {
    let looked = async {
        loop {
            let sharing = client::shares::list(&guest.client, id).await.unwrap();
            if is_so(&sharing) {
                return sharing;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, looked).await.unwrap()
}

#[tokio::test]
async fn who_has_a_link_to_watch_sees_what_is_typed_and_can_do_nothing() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let (link, secret) = share(&guest, id, Role::View).await;
    assert_eq!(link.role, Role::View);
    let mut visitor = Visitor::come(&server, &secret, None).await;
    assert_eq!(visitor.role, Some(Role::View));
    assert_eq!(visitor.visit.by, guest.account.name);
    assert_eq!(visitor.visit.terminal, shell.terminal.name);
    assert_eq!(visitor.visit.expires_at, link.expires_at);
    shell.run("echo seen-$((6 * 7))").await;
    visitor
        .until(|visitor| visitor.text.contains("seen-42"))
        .await;

    // neither keys nor a size nor an end come through
    visitor.type_("touch /tmp/typed-by-a-visitor\r").await;
    visitor
        .until(|visitor| visitor.notice.contains("cannot type here"))
        .await;
    visitor.notice.clear();
    visitor.send(PageFrame::Resize { cols: 11, rows: 5 }).await;
    visitor.send(PageFrame::End).await;
    visitor.until(|visitor| !visitor.notice.is_empty()).await;
    assert_eq!(visitor.size, (200, 50), "the terminal's own");
    let seen = shell
        .run("test -e /tmp/typed-by-a-visitor || echo \"none $(stty size)\"")
        .await;
    assert!(seen.contains("none 50 200"), "{seen}");
}

#[tokio::test]
async fn who_has_a_link_to_type_types_and_is_listed_by_name_with_the_link() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let (_, to_watch) = share(&guest, id, Role::View).await;
    let (link, secret) = share(&guest, id, Role::Write).await;
    let mut visitor = Visitor::come(&server, &secret, Some(" Ann ")).await;
    let _unnamed = Visitor::come(&server, &to_watch, None).await;
    assert_eq!(visitor.role, Some(Role::Write));
    visitor.type_("echo from-$((40 + 2))\r").await;
    shell.until("from-42").await;

    let sharing = until_watched(&guest, id, |sharing| sharing.watching.len() == 3).await;
    let seen: Vec<_> = sharing
        .watching
        .iter()
        .map(|watcher| (watcher.name.as_str(), watcher.role, watcher.share.is_some()))
        .collect();
    assert!(
        seen.contains(&(&guest.account.name, Role::Write, false)),
        "{seen:?}"
    );
    assert!(seen.contains(&("Ann", Role::Write, true)), "{seen:?}");
    assert!(seen.contains(&("Guest 1", Role::View, true)), "{seen:?}");
    assert_eq!(sharing.visitors(), 2);
    assert_eq!(sharing.shares.len(), 2);
    let ann = sharing
        .watching
        .iter()
        .find(|watcher| watcher.name == "Ann");
    assert_eq!(ann.unwrap().share, Some(link.id));

    // who leaves is listed no longer
    drop(visitor);
    until_watched(&guest, id, |sharing| sharing.visitors() == 1).await;
}

#[tokio::test]
async fn a_link_that_is_ended_closes_its_pages_and_no_others_and_leads_nowhere() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let (ended, secret) = share(&guest, id, Role::Write).await;
    let (_, other) = share(&guest, id, Role::View).await;
    let mut visitor = Visitor::come(&server, &secret, None).await;
    let mut stays = Visitor::come(&server, &other, None).await;
    let unused = ask(&server, &secret, None).await.unwrap().ticket;

    client::shares::end(&guest.client, id, ended.id)
        .await
        .unwrap();
    assert_eq!(visitor.until_closed().await, POLICY);
    let late = ask(&server, &secret, None).await.unwrap_err();
    assert_eq!(late.kind, ProblemKind::NotFound);
    let origin = server.origin();
    let refused = connect(&server, &unused, Some(&origin)).await;
    assert_eq!(refused.err(), Some(404), "a ticket of before");
    let again = client::shares::end(&guest.client, id, ended.id).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::NotFound);
    shell.run("echo on-$((6 * 7))").await;
    stays.until(|visitor| visitor.text.contains("on-42")).await;

    client::shares::end_all(&guest.client, id).await.unwrap();
    assert_eq!(stays.until_closed().await, POLICY);
    let left = client::shares::list(&guest.client, id).await.unwrap();
    assert_eq!((left.shares.len(), left.visitors()), (0, 0));
    assert!(shell.run("echo mine").await.contains("mine"));
}

#[tokio::test]
async fn a_link_that_expires_closes_its_pages() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let (_, secret) = share(&guest, id, Role::View).await;
    let mut visitor = Visitor::come(&server, &secret, None).await;
    // its time is over, as the shortest would be after minutes
    let over = sqlx::query("update share set expires_at = 1");
    over.execute(&server.pool().await).await.unwrap();
    assert_eq!(visitor.until_closed().await, POLICY);
    let late = ask(&server, &secret, None).await.unwrap_err();
    assert_eq!(late.kind, ProblemKind::NotFound);
    until_watched(&guest, id, |sharing| sharing.shares.is_empty()).await;
    assert!(shell.run("echo mine").await.contains("mine"));
}

#[tokio::test]
async fn links_end_with_their_terminal_and_with_the_account() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let first = Shell::open(&server, &guest).await.terminal.id;
    let second = Shell::open(&server, &guest).await.terminal.id;
    let (_, to_first) = share(&guest, first, Role::View).await;
    let (_, to_second) = share(&guest, second, Role::View).await;
    let mut of_first = Visitor::come(&server, &to_first, None).await;
    let mut of_second = Visitor::come(&server, &to_second, None).await;
    client::terminals::end(&guest.client, first).await.unwrap();
    of_first.until_closed().await;
    let late = ask(&server, &to_first, None).await.unwrap_err();
    assert_eq!(late.kind, ProblemKind::NotFound);
    assert!(ask(&server, &to_second, None).await.is_ok());
    client::accounts::remove(&guest.client).await.unwrap();
    of_second.until_closed().await;
    let late = ask(&server, &to_second, None).await.unwrap_err();
    assert_eq!(late.kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn a_ticket_opens_one_socket_on_our_own_page_and_a_wrong_one_opens_none() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let id = Shell::open(&server, &guest).await.terminal.id;
    let (_, secret) = share(&guest, id, Role::View).await;
    let origin = server.origin();
    let ticket = ask(&server, &secret, None).await.unwrap().ticket;
    for foreign in [None, Some("null"), Some("http://evil.example")] {
        let refused = connect(&server, &ticket, foreign).await;
        assert_eq!(refused.err(), Some(403), "{foreign:?}");
    }
    // a page elsewhere used nothing up
    connect(&server, &ticket, Some(&origin)).await.unwrap();
    for wrong in [ticket.as_str(), &secret, "nonsense"] {
        let refused = connect(&server, wrong, Some(&origin)).await;
        assert_eq!(refused.err(), Some(404), "{wrong}");
    }
    // of many at once one gets in
    let ticket = ask(&server, &secret, None).await.unwrap().ticket;
    let all = (0..8).map(|_| connect(&server, &ticket, Some(&origin)));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|socket| socket.is_ok()).count(), 1);
    // and none once it is too old
    let ticket = ask(&server, &secret, None).await.unwrap().ticket;
    let old = sqlx::query("update visit set asked_at = asked_at - 30001 where begun_at is null");
    old.execute(&server.pool().await).await.unwrap();
    let refused = connect(&server, &ticket, Some(&origin)).await;
    assert_eq!(refused.err(), Some(404));
    for wrong in ["", "nonsense", &ticket] {
        let refused = ask(&server, wrong, None).await.unwrap_err();
        assert_eq!(refused.kind, ProblemKind::NotFound, "{wrong}");
    }
}

#[tokio::test]
async fn a_foreign_page_gets_no_ticket() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let id = Shell::open(&server, &guest).await.terminal.id;
    let (_, secret) = share(&guest, id, Role::View).await;
    let name = None;
    let asked = reqwest::Client::new()
        .post(server.url(paths::VISITS))
        .header("origin", "http://evil.example")
        .json(&NewVisit { secret, name });
    assert_eq!(asked.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_visitor_has_nothing_else_of_the_account() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let shared = Shell::open(&server, &guest).await.terminal.id;
    let other = Shell::open(&server, &guest).await.terminal.id;
    let (_, secret) = share(&guest, shared, Role::Write).await;
    let visit = ask(&server, &secret, None).await.unwrap();
    let http = reqwest::Client::new();
    for path in [
        paths::ACCOUNT.to_owned(),
        paths::TERMINALS.to_owned(),
        paths::INFRASTRUCTURES.to_owned(),
        paths::terminal_shares(shared),
        paths::terminal_socket(shared),
        paths::terminal_socket(other),
    ] {
        for shown in [&secret, &visit.ticket] {
            let cookie = format!("{}={shown}", backend::accounts::COOKIE);
            let asked = http.get(server.url(&path)).header("cookie", cookie);
            assert_eq!(asked.send().await.unwrap().status(), 401, "{path}");
            let asked = http.get(server.url(&path)).bearer_auth(shown);
            assert_eq!(asked.send().await.unwrap().status(), 401, "{path}");
        }
    }
}

#[tokio::test]
async fn only_whose_terminal_it_is_makes_lists_and_ends_links_within_limits() {
    let server = TestServer::new().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let size = OpenTerminal::sized(80, 24);
    let id = client::terminals::open(&guest.client, &size).await.unwrap();
    let (id, other) = (id.id, client::terminals::open(&guest.client, &size).await);
    let other = other.unwrap().id;
    let (link, _) = share(&guest, id, Role::View).await;
    let refused = [
        client::shares::make(&stranger.client, id, &new(Role::View))
            .await
            .err(),
        client::shares::list(&stranger.client, id).await.err(),
        client::shares::end(&stranger.client, id, link.id)
            .await
            .err(),
        client::shares::end_all(&stranger.client, id).await.err(),
        // of another terminal of the same account
        client::shares::end(&guest.client, other, link.id)
            .await
            .err(),
    ];
    for problem in refused {
        assert_eq!(problem.unwrap().kind, ProblemKind::NotFound);
    }
    let long = "x".repeat(61);
    for (lasts_s, label) in [(299, ""), (86_401, ""), (300, long.as_str())] {
        let wrong = NewShare {
            lasts_s,
            label: Some(label.to_owned()),
            ..new(Role::View)
        };
        let refused = client::shares::make(&guest.client, id, &wrong).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid, "{lasts_s}");
    }
    let role = new(Role::View);
    let many = (0..2 * MOST_SHARES).map(|_| client::shares::make(&guest.client, id, &role));
    let many = futures_util::future::join_all(many).await;
    let made = many.iter().filter(|made| made.is_ok()).count();
    assert_eq!(made, MOST_SHARES - 1, "and the one of before");
    let refused = many.into_iter().find_map(Result::err).unwrap();
    assert_eq!(refused.kind, ProblemKind::LimitReached);
}

#[tokio::test]
async fn so_many_are_there_by_one_link_and_no_more() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let id = Shell::open(&server, &guest).await.terminal.id;
    let (_, secret) = share(&guest, id, Role::View).await;
    let many = (0..MOST_VISITS + 5).map(|_| ask(&server, &secret, None));
    let many = futures_util::future::join_all(many).await;
    let let_in = many.iter().flatten();
    let names: std::collections::BTreeSet<_> = let_in.map(|visit| &visit.name).collect();
    assert_eq!(names.len(), MOST_VISITS, "{names:?}");
    let refused = many.iter().find_map(|visit| visit.as_ref().err()).unwrap();
    assert_eq!(refused.kind, ProblemKind::LimitReached);
    // there is room again once those who never came are forgotten
    let (_, other) = share(&guest, id, Role::View).await;
    ask(&server, &other, None).await.unwrap();
    let old = sqlx::query("update visit set asked_at = 1");
    old.execute(&server.pool().await).await.unwrap();
    ask(&server, &secret, None).await.unwrap();
}

#[tokio::test]
async fn the_accounts_pages_are_told_who_comes_and_goes() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let id = Shell::open(&server, &guest).await.terminal.id;
    let mut events = crate::events::open(&server, Some(&guest), &server.origin())
        .await
        .unwrap();
    let mut until = async |is_so: &dyn Fn(&Sharing) -> bool| {
        let told = async {
            loop {
                match crate::events::next(&mut events).await {
                    Event::Sharing { sharing } if is_so(&sharing) => return sharing,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, told).await.unwrap()
    };
    let (link, secret) = share(&guest, id, Role::View).await;
    let told = until(&|sharing| sharing.shares.len() == 1).await;
    assert_eq!((told.terminal, told.shares[0].id), (id, link.id));
    let visitor = Visitor::come(&server, &secret, Some("Ann")).await;
    until(&|sharing| sharing.watching.iter().any(|w| w.name == "Ann")).await;
    drop(visitor);
    until(&|sharing| sharing.visitors() == 0).await;
    client::shares::end(&guest.client, id, link.id)
        .await
        .unwrap();
    until(&|sharing| sharing.shares.is_empty()).await;
}

#[tokio::test]
async fn a_secret_is_kept_as_a_hash_alone() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let id = Shell::open(&server, &guest).await.terminal.id;
    let (_, secret) = share(&guest, id, Role::View).await;
    let ticket = ask(&server, &secret, None).await.unwrap().ticket;
    let pool = server.pool().await;
    for (sql, shown) in [
        ("select secret_hash from share", secret),
        ("select ticket_hash from visit", ticket),
    ] {
        let kept: Vec<String> = sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap();
        assert_eq!(kept, [backend::accounts::hash(&shown)]);
    }
}
