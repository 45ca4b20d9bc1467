//! The operator's part of setting up.

use okta_types::{Actor, AuditEvent};
use secrecy::{ExposeSecret, SecretString};

use super::SettingsError;
use crate::{
    causes::with_causes,
    connection::CONNECTION,
    okta::Okta,
    services::Services,
    setup::{Prepared, Setup},
};

impl Okta {
    /// Prints how the first admin gets in, if one is needed. `settings_page` is the path of the
    /// settings page. If the database isn't open yet, prints once it is. If
    /// [`OktaBuilder::settings_page`](crate::OktaBuilder::settings_page) is another path, the log says
    /// so, because setup links of connections lead there.
    pub async fn announce_setup(&self, settings_page: &str) {
        let linked = &self.shared().settings_page;
        if settings_page != linked {
            tracing::warn!(
                settings_page,
                linked,
                "setup links of connections lead to another path than the settings page has: pass that to \
                 `settings_page(…)` of the builder"
            );
        }
        if self.services().is_ok() {
            return self.print_setup(settings_page).await;
        }
        let (okta, settings_page) = (self.clone(), settings_page.to_owned());
        tokio::spawn(async move {
            okta.opened().await;
            okta.print_setup(&settings_page).await;
        });
    }

    async fn print_setup(&self, settings_page: &str) {
        match self.prepare_setup().await {
            Ok(Setup::Code(code)) => println!("{}", self.setup_text(settings_page, &code)),
            Ok(Setup::CodeMadeEarlier) => println!(
                "Nobody has set up Okta yet. The setup code was printed when this server first \
                 started. If you no longer have it, make a new one with the server's command for \
                 that, which calls `Okta::new_setup_code`."
            ),
            Ok(Setup::Done) => {}
            Err(error) => tracing::error!(error = with_causes(&error), "no setup code"),
        }
    }

    /// Returns the text to show an operator for a new setup code: the link that opens the settings,
    /// and the code. Keep it out of logs.
    #[must_use]
    pub fn setup_text(&self, settings_page: &str, code: &SecretString) -> String {
        format!(
            "\nOpen the settings in the browser:\n\n    {}\n\nSetup code: {}\n",
            self.setup_link(settings_page, code).expose_secret(),
            code.expose_secret()
        )
    }

    /// Returns what to tell the operator when the app starts. On the very first start that is a
    /// setup code, which lets the first admin in.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`](super::SettingsRefusal::Closed) if the plugin couldn't start,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn prepare_setup(&self) -> Result<Setup, SettingsError> {
        let services = self.services()?;
        let setups = &services.setups;
        if services.connections.is_managed(CONNECTION) {
            return Ok(Setup::Done);
        }
        let is_connected = services.connections.first().is_some();
        let groups_make_admins = is_connected && services.roles.a_group_is_admin(CONNECTION);
        if groups_make_admins || !setups.named_admins(CONNECTION).await?.is_empty() {
            return Ok(Setup::Done);
        }
        match setups.prepare(self.shared().setup_code.as_ref()).await? {
            Prepared::New(code) => {
                self.record_new_code(services).await;
                Ok(Setup::Code(code.secret()))
            }
            Prepared::Known(code) => Ok(Setup::Code(code.secret())),
            Prepared::MadeEarlier => Ok(Setup::CodeMadeEarlier),
        }
    }

    /// Creates a new setup code, for when everybody is locked out. Earlier codes stop working.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`](super::SettingsRefusal::Closed) if the plugin couldn't start,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn new_setup_code(&self) -> Result<SecretString, SettingsError> {
        let services = self.services()?;
        let code = services.setups.new_code().await?;
        self.record_new_code(services).await;
        Ok(code.secret())
    }

    async fn record_new_code(&self, services: &Services) {
        services
            .record(AuditEvent::SetupCodeMade, Actor::Operator, None, None)
            .await;
    }

    /// Returns the address that opens the settings page with this setup code. `settings_page` is
    /// the path of the settings page. Show it to the operator, and keep it out of logs.
    #[must_use]
    pub fn setup_link(&self, settings_page: &str, code: &SecretString) -> SecretString {
        let mut link = self.at(settings_page);
        link.query_pairs_mut()
            .append_pair("setup", code.expose_secret());
        String::from(link).into()
    }
}
