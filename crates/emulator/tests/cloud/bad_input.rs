//! What nobody should send: it is refused in the service's own words, and everybody else's cloud
//! goes on.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::rig::Cloud;

#[tokio::test]
async fn what_should_not_be_sent_is_refused_and_harms_nobody() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    cloud
        .ok(
            &other,
            "ec2 create-key-pair --key-name kept --query KeyName",
        )
        .await;
    let before = cloud.sandboxes("keeper.py");
    let output = cloud
        .python(&me, "bad_input.py", &other.account_number)
        .await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(cloud.sandboxes("keeper.py"), before, "moto ended");
    let pairs = "ec2 describe-key-pairs --query KeyPairs[].KeyName";
    assert_eq!(cloud.ok(&other, pairs).await, "kept");
}

#[tokio::test]
async fn an_account_that_is_full_may_only_delete() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    let output = cloud.python(&me, "quota.py", "").await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    cloud
        .ok(&other, "ec2 create-key-pair --key-name k --query KeyName")
        .await;
}

#[tokio::test]
async fn who_does_not_end_a_request_is_hung_up_on() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let address = me.endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\n")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(60), stream.read_to_end(&mut rest)).await;
    ended.expect("the connection is left open").unwrap();
}
