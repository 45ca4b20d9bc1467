//! What Okta has pushed, as the settings page shows it.

use std::sync::Arc;

use okta_types::{ProvisionedGroup, ProvisionedGroups, ProvisionedPeople, ProvisionedPerson};

use crate::{
    directory::pushed,
    store::{By, Kind, Resource, Store, StoreError},
};

/// People or groups on a page.
const PAGE: usize = 50;
/// Of them, those that are read at a time to be searched.
const BATCH: usize = 1000;

/// The people and groups of one connection.
pub(crate) struct Pushed {
    pub(crate) store: Arc<Store>,
    pub(crate) connection: String,
}

impl Pushed {
    /// Those whose user name, name, email, or external ID contains a text, without regard to case.
    pub(crate) async fn people(
        &self,
        search: Option<&str>,
        after: Option<&str>,
    ) -> Result<ProvisionedPeople, StoreError> {
        let (found, next) = self.page(Kind::User, search, after).await?;
        let mut page = ProvisionedPeople::default();
        page.people = self.with_groups(found).await?;
        page.next = next;
        Ok(page)
    }

    /// By the ID in this app.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<ProvisionedPerson>, StoreError> {
        let found = self
            .store
            .scim_resource(&self.connection, Kind::User, By::Id(id))
            .await?;
        let people = self.with_groups(found.into_iter().collect()).await?;
        Ok(people.into_iter().next())
    }

    /// Those whose name contains a text, without regard to case.
    pub(crate) async fn groups(
        &self,
        search: Option<&str>,
        after: Option<&str>,
    ) -> Result<ProvisionedGroups, StoreError> {
        let (found, next) = self.page(Kind::Group, search, after).await?;
        let ids: Vec<_> = found.iter().map(|group| group.id.clone()).collect();
        let members = self
            .store
            .count_scim_members(&self.connection, &ids)
            .await?;
        let mut page = ProvisionedGroups::default();
        page.next = next;
        page.groups = found
            .into_iter()
            .map(|found| {
                let mut group = ProvisionedGroup::new(found.id, found.name, found.created_at);
                group.members = members.get(&group.id).copied().unwrap_or(0);
                group.changed_at = found.changed_at;
                group
            })
            .collect();
        Ok(page)
    }

    async fn page(
        &self,
        kind: Kind,
        search: Option<&str>,
        after: Option<&str>,
    ) -> Result<(Vec<Resource>, Option<String>), StoreError> {
        let sought = search.map(|text| text.trim().to_lowercase());
        let sought = sought.filter(|text| !text.is_empty());
        let batch = if sought.is_some() { BATCH } else { PAGE + 1 };
        let mut after = after.unwrap_or_default().replace('\0', "");
        let mut found = Vec::new();
        loop {
            let resources = self
                .store
                .scim_resources(&self.connection, kind, &after, batch)
                .await?;
            let is_last = resources.len() < batch;
            for resource in resources {
                after.clone_from(&resource.id);
                if sought
                    .as_ref()
                    .is_none_or(|sought| is_found(&resource, sought))
                {
                    found.push(resource);
                }
                if found.len() > PAGE {
                    found.truncate(PAGE);
                    let next = found.last().map(|last| last.id.clone());
                    return Ok((found, next));
                }
            }
            if is_last {
                return Ok((found, None));
            }
        }
    }

    async fn with_groups(
        &self,
        people: Vec<Resource>,
    ) -> Result<Vec<ProvisionedPerson>, StoreError> {
        let ids: Vec<_> = people.iter().map(|person| person.id.clone()).collect();
        let mut groups = self.store.scim_groups_of(&self.connection, &ids).await?;
        let people = people.into_iter().map(|found| {
            let groups = groups.remove(&found.id).unwrap_or_default();
            let mut person = pushed(found);
            person.groups = groups.into_iter().map(|group| group.name).collect();
            person
        });
        Ok(people.collect())
    }
}

fn is_found(resource: &Resource, sought: &str) -> bool {
    let is_in = |text: &str| text.to_lowercase().contains(sought);
    let person = pushed(resource.clone());
    is_in(&resource.name)
        || is_in(&resource.external_id)
        || is_in(&person.display_name())
        || person.email().is_some_and(is_in)
}
