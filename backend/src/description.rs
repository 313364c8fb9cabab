//! The API described as `OpenAPI` 3.1, for people at `/api/docs` and for programs at
//! `/api/docs/openapi.json`.

use axum::{Router, http::header, response::IntoResponse, routing::get};
use shared::Problem;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        self, ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use crate::accounts::COOKIE;

/// Where people read the description.
const DOCS: &str = "/api/docs";
/// Where programs read it.
const DESCRIPTION: &str = "/api/docs/openapi.json";

/// What is said once of the whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Manageacloud",
        description = "Blue-green deployments: infrastructures made from macfiles, applications \
            with one live version, the history of deployments, instances and terminals.\n\n\
            A token goes in the header `Authorization: Bearer …`. Whatever is refused is \
            answered with problem details (RFC 9457). Beside this API, the paths of the \
            original client (`mac` 1.0.8) answer when a request carries its `Authorization: \
            ApiKey …` or `Basic …`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem)),
    modifiers(&SignedIn),
    security(("token" = []), ("cookie" = [])),
    tags(
        (name = "applications", description = "All versions of one name, one of them live"),
        (name = "infrastructures", description = "A macfile's name and version"),
        (name = "deployments", description = "The history, and what is under way"),
        (name = "instances", description = "Servers"),
        (name = "terminals", description = "Shells in sandboxes"),
        (name = "shares", description = "Links to terminals, and who looks at them"),
        (name = "visits", description = "The way in for who has such a link"),
        (name = "recordings", description = "What terminals wrote, and when"),
        (name = "files", description = "Files of the account's home"),
        (name = "providers", description = "Who runs instances"),
        (name = "configurations", description = "Scripts that are ready to be used"),
        (name = "accounts", description = "Signing in and out"),
        (name = "server", description = "The server itself"),
    )
)]
pub(crate) struct Description;

/// How a request says whose it is.
struct SignedIn;

impl Modify for SignedIn {
    fn modify(&self, openapi: &mut openapi::OpenApi) {
        let parts = openapi.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        parts.add_security_scheme("token", SecurityScheme::Http(token));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
        parts.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// Says what the paths leave out as it is the same for all: a name that is unique, and what a
/// refusal looks like.
pub(crate) fn complete(mut openapi: openapi::OpenApi) -> openapi::OpenApi {
    for operation in openapi.paths.paths.values_mut().flat_map(operations) {
        let tag = operation.tags.iter().flatten().next().cloned();
        let name = operation.operation_id.take().unwrap_or_default();
        operation.operation_id = Some(format!("{}_{name}", tag.unwrap_or_default()));
        let refused = ResponseBuilder::new()
            .description("refused")
            .content(
                "application/problem+json",
                ContentBuilder::new()
                    .schema(Some(Ref::from_schema_name(Problem::name())))
                    .build(),
            )
            .build();
        let responses = &mut operation.responses.responses;
        responses.insert("4XX".into(), RefOr::T(refused.clone()));
        responses.insert("5XX".into(), RefOr::T(refused));
    }
    openapi
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// Serves the description to people and to programs.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(openapi: &openapi::OpenApi) -> Router<S> {
    let text = openapi.to_json().expect("a description has text keys");
    let page = SwaggerUi::new(DOCS).config(utoipa_swagger_ui::Config::from(DESCRIPTION));
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::from(page).route(DESCRIPTION, get(async move || (json, text).into_response()))
}
