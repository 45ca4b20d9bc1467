//! The console's server functions. `axum_okta` does the work.
//!
//! Forms are sent as forms, with or without JavaScript. Each function does its work and redirects
//! the browser to the page that the form names in its field `page`, which shows the new state.

use leptos::{
    prelude::*,
    server_fn::{
        Http,
        codec::{Json, Post},
    },
};
#[cfg(feature = "ssr")]
use okta_types::{Branding, ConnectionChange, SettingsRefusal, SetupLinkForm, SignInPolicy};

#[cfg(feature = "ssr")]
use self::server::{change, change_provisioning, change_roles};
#[cfg(feature = "ssr")]
use super::{back::back_to_page, request::visitor};
use super::{
    forms::{FormBody, TypedClaim, TypedConnection, TypedRole, TypedStanding, TypedToken},
    refused::Refused,
};

/// Opens the settings with the setup code.
#[server(prefix = "/api/okta", endpoint = "enter_setup_code", protocol = Http<Post<FormBody>, Json>)]
pub async fn enter_setup_code(
    #[server(default)] page: String,
    #[server(default)] setup: String,
) -> Result<(), Refused> {
    let entered = async { visitor().await?.enter_setup_code(&setup).await }.await;
    back_to_page(&page, entered.map(|()| "".into()))
}

/// Checks and connects.
#[server(prefix = "/api/okta", endpoint = "connect", protocol = Http<Post<FormBody>, Json>)]
pub async fn connect(
    #[server(default)] page: String,
    #[server(default)] typed: TypedConnection,
) -> Result<(), Refused> {
    change(&page, async |admin| match typed.parse() {
        Ok(form) => Ok(match admin.connect(form).await?.passed() {
            true => "?done=connected".into(),
            false => "#okta-checks".into(),
        }),
        Err(form) => admin.refuse_connection(*form).await.map(|()| "".into()),
    })
    .await
}

/// Runs the checks again on the connection in use.
#[server(prefix = "/api/okta", endpoint = "check_again", protocol = Http<Post<FormBody>, Json>)]
pub async fn check_again(#[server(default)] page: String) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.check().await.map(|_| "#okta-checks".into())
    })
    .await
}

/// Calls an address at which Okta ends sessions, to see whether it works.
#[server(prefix = "/api/okta", endpoint = "try_sign_out", protocol = Http<Post<FormBody>, Json>)]
pub async fn try_sign_out(
    #[server(default)] page: String,
    #[server(default)] address: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let address = address
            .parse()
            .map_err(|_| SettingsRefusal::MalformedForm)?;
        admin.try_sign_out_address(address).await?;
        Ok("?done=sign_out#okta-sign-out".into())
    })
    .await
}

/// Signs with the next key from now on.
#[server(prefix = "/api/okta", endpoint = "rotate_client_key", protocol = Http<Post<FormBody>, Json>)]
pub async fn rotate_client_key(
    #[server(default)] page: String,
    #[server(default)] kid: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.rotate_client_key(kid).await?;
        Ok("?done=key#okta-client-keys".into())
    })
    .await
}

/// Disconnects.
#[server(prefix = "/api/okta", endpoint = "disconnect", protocol = Http<Post<FormBody>, Json>)]
pub async fn disconnect(#[server(default)] page: String) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.disconnect().await?;
        Ok("?done=disconnected".into())
    })
    .await
}

/// Deletes a connection other than the first one, and shows those that are left.
#[server(prefix = "/api/okta", endpoint = "delete_connection", protocol = Http<Post<FormBody>, Json>)]
pub async fn delete_connection(
    #[server(default)] page: String,
    #[server(default)] name: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.for_connection(&name)?.disconnect().await?;
        Ok("?done=deleted".into())
    })
    .await
}

/// Changes what a connection is in this app.
#[server(prefix = "/api/okta", endpoint = "change_connection", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_connection(
    #[server(default)] page: String,
    #[server(default)] typed: TypedStanding,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let change = typed.parse().ok_or(SettingsRefusal::MalformedForm)?;
        admin.change_connection(change).await?;
        Ok("?done=changed".into())
    })
    .await
}

/// Changes who may sign in through a connection. Each line of a field is a name.
#[server(prefix = "/api/okta", endpoint = "change_sign_in_policy", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_sign_in_policy(
    #[server(default)] page: String,
    #[server(default)] groups: String,
    #[server(default)] email_domains: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let policy = SignInPolicy::default()
            .groups(groups.lines())
            .email_domains(email_domains.lines());
        let change = ConnectionChange::default().sign_in_policy(policy);
        admin.change_connection(change).await?;
        Ok("?done=policy#okta-who".into())
    })
    .await
}

/// Changes how the connection's organization looks.
#[server(prefix = "/api/okta", endpoint = "set_branding", protocol = Http<Post<FormBody>, Json>)]
pub async fn set_branding(
    #[server(default)] page: String,
    #[server(default)] name: String,
    #[server(default)] logo: String,
    #[server(default)] color: String,
    #[server(default)] text: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let branding = Branding::default().name(name).logo(logo);
        admin.set_branding(branding.color(color).text(text)).await?;
        Ok("?done=changed#okta-branding".into())
    })
    .await
}

/// Claims an email domain, verifies one, or removes one.
#[server(prefix = "/api/okta", endpoint = "change_domain", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_domain(
    #[server(default)] page: String,
    #[server(default)] domain: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        match action.as_str() {
            "claim" => drop(admin.claim_domain(&domain).await?),
            "verify" => admin.verify_domain(&domain).await?,
            "check" => admin.check_domain(&domain).await?,
            "remove" => admin.remove_domain(&domain).await?,
            _ => return Err(SettingsRefusal::MalformedForm.into()),
        }
        Ok("#okta-domains".into())
    })
    .await
}

/// Makes a setup link, which the page then shows once.
#[server(prefix = "/api/okta", endpoint = "make_setup_link", protocol = Http<Post<FormBody>, Json>)]
pub async fn make_setup_link(
    #[server(default)] page: String,
    #[server(default)] note: String,
    #[server(default)] days: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let days = days.trim().parse();
        let days = days.map_err(|_| SettingsRefusal::MalformedSetupLink)?;
        let form = SetupLinkForm::default().note(note).days(days);
        admin.make_setup_link_to_show(form).await?;
        Ok("#okta-setup-links".into())
    })
    .await
}

/// Revokes a setup link.
#[server(prefix = "/api/okta", endpoint = "revoke_setup_link", protocol = Http<Post<FormBody>, Json>)]
pub async fn revoke_setup_link(
    #[server(default)] page: String,
    #[server(default)] id: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.revoke_setup_link(&id).await?;
        Ok("?done=link#okta-setup-links".into())
    })
    .await
}

/// Saves the role table, if the version that was shown is still in use. Other buttons change its
/// rows and show them again. Empty rows are ignored.
#[server(prefix = "/api/okta", endpoint = "save_roles", protocol = Http<Post<FormBody>, Json>)]
pub async fn save_roles(
    #[server(default)] page: String,
    #[server(default)] rows: Vec<TypedRole>,
    #[server(default)] default_role: String,
    #[server(default)] version: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    let table = super::forms::role_table(rows, default_role);
    change(&page, async |admin| {
        change_roles(admin, table, &version, &action).await
    })
    .await
}

/// Creates a token for provisioning, or deletes one.
#[server(prefix = "/api/okta", endpoint = "change_scim_token", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_scim_token(
    #[server(default)] page: String,
    #[server(default)] id: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    change(&page, async |admin| match action.as_str() {
        "create" => {
            admin.make_scim_token_to_show().await?;
            Ok("?done=scim_token#okta-new-token".into())
        }
        "delete" => {
            admin.delete_scim_token(&id).await?;
            Ok("?done=scim_token_deleted".into())
        }
        _ => Err(SettingsRefusal::MalformedForm.into()),
    })
    .await
}

/// Registers a client for provisioning, or deletes one.
#[server(prefix = "/api/okta", endpoint = "change_scim_client", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_scim_client(
    #[server(default)] page: String,
    #[server(default)] id: String,
    #[server(default)] keys: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    change(&page, async |admin| match action.as_str() {
        "register" => {
            admin.make_scim_client(&keys).await?;
            Ok("?done=scim_client#okta-scim-clients".into())
        }
        "delete" => {
            admin.delete_scim_client(&id).await?;
            Ok("?done=scim_client_deleted#okta-scim-clients".into())
        }
        _ => Err(SettingsRefusal::MalformedForm.into()),
    })
    .await
}

/// Saves what becomes of the roles and attributes that Okta pushes. Other buttons change the rows and
/// show them again. Empty rows are ignored.
#[server(prefix = "/api/okta", endpoint = "save_provisioning", protocol = Http<Post<FormBody>, Json>)]
pub async fn save_provisioning(
    #[server(default)] page: String,
    #[server(default)] rows: Vec<TypedClaim>,
    #[server(default)] roles: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    let form = super::forms::provisioning(rows, &roles);
    change(&page, async |admin| {
        change_provisioning(admin, form, &action).await
    })
    .await
}

/// Removes a named admin.
#[server(prefix = "/api/okta", endpoint = "remove_admin", protocol = Http<Post<FormBody>, Json>)]
pub async fn remove_admin(
    #[server(default)] page: String,
    #[server(default)] issuer: String,
    #[server(default)] subject: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.remove_admin(&issuer, &subject).await?;
        Ok("?done=admins#okta-admins".into())
    })
    .await
}

/// Ends a session.
#[server(prefix = "/api/okta", endpoint = "end_session", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_session(
    #[server(default)] page: String,
    #[server(default)] id: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.end_session(&id).await?;
        Ok("?done=session".into())
    })
    .await
}

/// Ends all of a person's sessions.
#[server(prefix = "/api/okta", endpoint = "end_sessions_of", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_sessions_of(
    #[server(default)] page: String,
    #[server(default)] issuer: String,
    #[server(default)] subject: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.end_sessions_of(&issuer, &subject).await?;
        Ok("?done=sessions".into())
    })
    .await
}

/// Ends everybody's sessions.
#[server(prefix = "/api/okta", endpoint = "end_all_sessions", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_all_sessions(#[server(default)] page: String) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.end_all_sessions().await?;
        Ok("?done=everybody".into())
    })
    .await
}

/// Creates a token for a program. The page shows it next, once.
#[server(prefix = "/api/okta", endpoint = "create_token", protocol = Http<Post<FormBody>, Json>)]
pub async fn create_token(
    #[server(default)] page: String,
    #[server(default)] typed: TypedToken,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        let form = typed.parse().ok_or(SettingsRefusal::MalformedToken)?;
        admin.create_token_to_show(form).await?;
        Ok("?done=token".into())
    })
    .await
}

/// Revokes a token.
#[server(prefix = "/api/okta", endpoint = "revoke_token", protocol = Http<Post<FormBody>, Json>)]
pub async fn revoke_token(
    #[server(default)] page: String,
    #[server(default)] id: String,
) -> Result<(), Refused> {
    change(&page, async |admin| {
        admin.revoke_token(&id).await?;
        Ok("?done=revoked".into())
    })
    .await
}

/// What the functions share.
#[cfg(feature = "ssr")]
mod server {
    use std::borrow::Cow;

    use axum_okta::{
        roles::RoleTable,
        settings::{Admin, ProvisionedClaim, ProvisioningForm, SettingsError},
    };

    use super::*;
    use crate::settings::{
        console::CONNECTION,
        forms::RolesAction,
        request::{admin, parameters},
    };

    /// Makes the change as an admin, to the connection that the page's address names. `work`
    /// returns what to add to it.
    pub(super) async fn change(
        page: &str,
        work: impl AsyncFnOnce(Admin) -> Result<Cow<'static, str>, SettingsError>,
    ) -> Result<(), Refused> {
        let query = page.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let connection = parameters(query).remove(CONNECTION);
        let done = async { work(admin(connection.as_deref()).await?).await }.await;
        back_to_page(page, done)
    }

    pub(super) async fn change_provisioning(
        admin: Admin,
        mut form: ProvisioningForm,
        action: &str,
    ) -> Result<Cow<'static, str>, SettingsError> {
        let claims = &mut form.provisioned_claims;
        let place = match RolesAction::parse(action) {
            Some(RolesAction::Save) => {
                admin.set_provisioning(form).await?;
                return Ok("?done=provisioning#okta-scim-options".into());
            }
            Some(RolesAction::Discard) => {
                admin.draft_provisioning(None).await?;
                return Ok("#okta-scim-options".into());
            }
            Some(RolesAction::Add) => {
                claims.push(ProvisionedClaim::default());
                // Browsers focus the field that the fragment names.
                format!("#okta-claim-{}-attribute", claims.len()).into()
            }
            Some(RolesAction::Remove(row)) if row < claims.len() => {
                claims.remove(row);
                "#okta-scim-options".into()
            }
            _ => return Err(SettingsRefusal::MalformedForm.into()),
        };
        admin.draft_provisioning(Some(form)).await?;
        Ok(place)
    }

    pub(super) async fn change_roles(
        admin: Admin,
        mut table: RoleTable,
        version: &str,
        action: &str,
    ) -> Result<Cow<'static, str>, SettingsError> {
        match RolesAction::parse(action) {
            Some(RolesAction::Save) => {
                admin.set_roles(table, Some(version)).await?;
                Ok("?done=roles".into())
            }
            Some(RolesAction::Discard) => admin.draft_roles(None).await.map(|()| "".into()),
            Some(action) => {
                let changed_meanwhile = admin.roles_version() != version;
                action.apply(&mut table);
                // Browsers focus the field that the fragment names.
                let place = match action {
                    RolesAction::Add => format!("#okta-rule-{}-group", table.rules.len()).into(),
                    _ => "#okta-rules".into(),
                };
                admin.draft_roles(Some(table)).await?;
                if changed_meanwhile {
                    return Err(SettingsRefusal::RolesChanged.into());
                }
                Ok(place)
            }
            None => {
                admin.draft_roles(Some(table)).await?;
                Err(SettingsRefusal::MalformedForm.into())
            }
        }
    }
}
