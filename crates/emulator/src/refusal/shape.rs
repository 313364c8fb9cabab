//! What an error looks like in each protocol.
//!
//! <https://smithy.io/2.0/aws/protocols/index.html>, and for S3
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses>.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};

use crate::protocol::Protocol;

/// moto's own request id is as constant.
pub(crate) const REQUEST_ID: &str = "59dbff89-35bd-4eac-99ed-be587EXAMPLE";

/// An error; `message` has nothing in it that XML would have to escape.
pub(super) fn answer(
    protocol: Protocol,
    code: &'static str,
    status: StatusCode,
    message: &str,
) -> Response<Body> {
    let mut response = Response::new(Body::from(body(protocol, code, status, message)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(kind(protocol));
    headers.insert(header::CONTENT_TYPE, kind);
    let id = match protocol {
        Protocol::S3 => "x-amz-request-id",
        _ => "x-amzn-requestid",
    };
    headers.insert(
        HeaderName::from_static(id),
        HeaderValue::from_static(REQUEST_ID),
    );
    if protocol == Protocol::RestJson {
        let name = HeaderName::from_static("x-amzn-errortype");
        headers.insert(name, HeaderValue::from_static(code));
    }
    response
}

fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => "text/xml",
        Protocol::S3 => "application/xml",
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
    }
}

fn body(protocol: Protocol, code: &str, status: StatusCode, message: &str) -> String {
    let whose = if status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    match protocol {
        Protocol::Ec2 => format!(
            "{XML}<Response><Errors><Error>{error}</Error></Errors>\
             <RequestID>{REQUEST_ID}</RequestID></Response>"
        ),
        Protocol::S3 => format!(
            "{XML}<Error>{error}<RequestId>{REQUEST_ID}</RequestId>\
             <HostId>{REQUEST_ID}</HostId></Error>"
        ),
        Protocol::Query | Protocol::RestXml => format!(
            "{XML}<ErrorResponse><Error><Type>{whose}</Type>{error}</Error>\
             <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        ),
        Protocol::Json10 | Protocol::Json11 => {
            serde_json::json!({"__type": code, "message": message}).to_string()
        }
        Protocol::RestJson => {
            serde_json::json!({"message": message, "Message": message}).to_string()
        }
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
