//! An account that is removed, with all that is kept for it.

use shared::{AccountId, DeploymentKind, DeploymentState, ProblemKind};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    server::TestServer,
    shell::{PATIENCE, Shell},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_removed_with_all_that_is_kept_for_it_and_never_what_is_live() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    let refused = client::accounts::remove(&guest.client).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Conflict);
    let why = "docker_tomcat 7-jre8 is still there, and live: destroy it first";
    assert_eq!(refused.title, why);
    serves(&server, "7-jre8").await;
    let kind = DeploymentKind::Destroy;
    let plan = client::applications::plan(&guest.client, "docker_tomcat", "7-jre8", kind).await;
    let last = plan.unwrap().steps.pop().unwrap();
    assert!(last.ends_with("/ leads nowhere"), "{last}");

    let gone = client::infrastructures::destroy(&guest.client, "docker_tomcat", "7-jre8").await;
    let gone = ended(&guest, gone.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let home = server.data.path().join("homes");
    let home = home.join(guest.account.id.to_string());
    let accounts = server.data.path().join("emulator/accounts.json");
    let known = || std::fs::read_to_string(&accounts).unwrap();
    let folders = backend::config::Folders::of(server.data.path());
    let key = folders.instance_key(guest.account.id);
    assert!(key.exists() && home.exists() && known().contains(&guest.account.id.to_string()));
    let name = &guest.account.name;
    let said = shell.run("mac account remove somebody-else").await;
    assert!(
        said.contains(&format!("this is the account {name}")),
        "{said}"
    );

    // by a command in a terminal that is removed with it
    shell.type_(&format!("mac account remove {name}\r")).await;
    let closed = tokio::time::timeout(PATIENCE, shell.until_closed()).await;
    closed.expect("the terminal stays");
    let stranger = client::accounts::current(&guest.client).await.unwrap_err();
    assert_eq!(stranger.kind, ProblemKind::NotSignedIn);
    let removed = async {
        while key.exists() || home.exists() || known().contains(&guest.account.id.to_string()) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, removed).await.unwrap();

    // its number is nobody else's: what it left behind would be theirs
    let pool = server.pool().await;
    let number = "select tenant from removal";
    let before: i64 = sqlx::query_scalar(number).fetch_one(&pool).await.unwrap();
    server.guest().await;
    let number = "select max(tenant) from account";
    let next: i64 = sqlx::query_scalar(number).fetch_one(&pool).await.unwrap();
    assert!(next > before, "{next} after {before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_of_an_account_is_removed_after_a_restart() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let seen = server.kill().await;
    let (pool, account) = (seen.pool().await, AccountId::new());
    let left =
        "insert into removal (account_id, tenant, terminals, asked_at) values ($1, 7, '[]', 1)";
    let left = sqlx::query(left).bind(account.to_string());
    left.execute(&pool).await.unwrap();
    let home = seen.data.path().join("homes").join(account.to_string());
    std::fs::create_dir_all(home.join("folder")).unwrap();
    let server = Killable::start(seen, false).await;
    let done = async {
        let unfinished = "select count(*) from removal where ended_at is null";
        while sqlx::query_scalar::<_, i64>(unfinished)
            .fetch_one(&pool)
            .await
            .unwrap()
            > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.unwrap();
    assert!(!home.exists());
    server.stop().await;
}
