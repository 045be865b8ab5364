//! Filters, orders and totals (RFC 7644 §3.4.2).

use scim_core::attr;
use scim_filter::query::SortOrder;
use serde_json::json;

use super::world::{Check, World, holds, same, skip, sorted};
use crate::store::{ResourceStore, Start, Stored};

/// Resources with these texts.
async fn with_texts<S: ResourceStore>(
    world: &World<'_, S>,
    texts: &[Option<&str>],
) -> Result<Vec<Stored<S::Resource>>, super::world::Problem> {
    let path = world.text()?;
    let mut all = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let attributes = text.map(|text| (path, json!(text)));
        all.push(world.create_with(n, attributes.as_slice()).await?);
    }
    Ok(all)
}

pub(super) async fn filters_choose<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let path = world.text()?;
    // A required text cannot be missing.
    let last = if world.is_required(path) { Some("none") } else { None };
    let texts = [Some("Alpha One"), Some("alpha TWO"), Some("Beta"), Some("100% _\\'\""), last];
    let all = with_texts(world, &texts).await?;
    let p = path.to_string();
    let cases = [
        (format!(r#"{p} eq "ALPHA one""#), "0"),
        (format!(r#"{p} ne "beta""#), "0134"),
        (format!(r#"{p} co "pha""#), "01"),
        (format!(r#"{p} sw "ALPHA""#), "01"),
        (format!(r#"{p} ew "two""#), "1"),
        (format!(r#"{p} eq "alpha""#), ""),
        (format!(r#"{p} co "%""#), "3"),
        (format!(r#"{p} sw "100% _""#), "3"),
        (format!(r#"{p} eq "100% _\\'\"""#), "3"),
        (format!(r#"{p} ge "alpha two" and {p} lt "c""#), "12"),
        (format!(r#"{p} sw "alpha" and {p} ew "one""#), "0"),
        (format!(r#"{p} eq "beta" or {p} eq "alpha one""#), "02"),
        (format!(r#"not ({p} sw "alpha")"#), "234"),
        (format!(r#"{p} pr"#), if last.is_some() { "01234" } else { "0123" }),
        (format!(r#"not ({p} pr)"#), if last.is_some() { "" } else { "4" }),
    ];
    for (filter, expected) in cases {
        let expected = all.iter().enumerate().filter(|(n, _)| expected.contains(&n.to_string()));
        same(&filter, world.find(&filter).await?, sorted(expected.map(|(_, stored)| stored)))?;
    }
    Ok(())
}

pub(super) async fn filters_look_into_lists<S: ResourceStore>(world: &World<'_, S>) -> Check {
    if world.kit.schemas.resolve(&attr::EMAILS_TYPE).is_err() {
        return Err(skip("the type has no emails"));
    }
    let one = json!([{"value": "a@kit.example", "type": "work"}, {"value": "b@kit.example", "type": "home"}]);
    let two = json!([{"value": "b@kit.example", "type": "work"}]);
    let one = world.create_with(1, &[(&attr::EMAILS, one)]).await?;
    let kept = world.value(&one.id, &attr::EMAILS).await?;
    if kept.and_then(|emails| emails.as_array().map(Vec::len)).unwrap_or_default() < 2 {
        return Err(skip("the store does not keep several emails"));
    }
    let two = world.create_with(2, &[(&attr::EMAILS, two)]).await?;
    let none = world.create(3).await?;
    let cases = [
        (r#"emails[type eq "work" and value eq "B@kit.example"]"#, vec![&two]),
        (r#"emails.type eq "work" and emails.value eq "b@kit.example""#, vec![&one, &two]),
        (r#"emails[type eq "home"]"#, vec![&one]),
        (r#"emails co "@kit""#, vec![&one, &two]),
        (r#"not (emails pr)"#, vec![&none]),
        (r#"emails.value ne "a@kit.example""#, vec![&two, &none]),
    ];
    for (filter, expected) in cases {
        same(filter, world.find(filter).await?, sorted(expected))?;
    }
    Ok(())
}

pub(super) async fn filters_find_ids_and_times<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let one = world.create_with(1, &[(&attr::EXTERNAL_ID, json!("Kit-1"))]).await?;
    let two = world.create_with(2, &[(&attr::EXTERNAL_ID, json!("kit-1"))]).await?;
    let three = world.create(3).await?;
    same("a filter by id", world.find(&format!("id eq \"{}\"", one.id)).await?, sorted([&one]))?;
    same("a filter by no id", world.find(r#"id eq "kit""#).await?, Vec::new())?;
    same("a filter by externalId", world.find(r#"externalId eq "Kit-1""#).await?, sorted([&one]))?;
    same("a filter by no externalId", world.find("not (externalId pr)").await?, sorted([&three]))?;
    if let Some(unique) = &world.kit.unique {
        let value = super::world::dynamic(&two)?.get(unique).cloned().unwrap_or_default();
        let upper = value.as_str().unwrap_or_default().to_uppercase();
        same("a filter by name", world.find(&format!("{unique} eq \"{upper}\"")).await?, sorted([&two]))?;
        let both = format!(r#"{unique} eq "{upper}" and externalId eq "Kit-1""#);
        same("a filter by name and something else", world.find(&both).await?, Vec::new())?;
    }
    if one.last_modified.is_some() {
        let all = sorted([&one, &two, &three]);
        same(
            "all after the year 2000",
            world.find(r#"meta.lastModified gt "2000-01-01T00:00:00Z""#).await?,
            all,
        )?;
        let none = world.find(r#"meta.lastModified lt "2000-01-01T00:00:00Z""#).await?;
        same("all before the year 2000", none, Vec::new())?;
    }
    Ok(())
}

pub(super) async fn filters_find_who_is_active<S: ResourceStore>(world: &World<'_, S>) -> Check {
    if world.kit.schemas.resolve(&attr::ACTIVE).is_err() {
        return Err(skip("the type has nothing that is active"));
    }
    let yes = world.create_with(1, &[(&attr::ACTIVE, json!(true))]).await?;
    let no = world.create_with(2, &[(&attr::ACTIVE, json!(false))]).await?;
    same("a filter by who is active", world.find("active eq true").await?, sorted([&yes]))?;
    same("a filter by who is not active", world.find("active eq false").await?, sorted([&no]))
}

pub(super) async fn orders_order<S: ResourceStore>(world: &World<'_, S>) -> Check {
    let path = world.text()?;
    let last = if world.is_required(path) { Some("zz") } else { None };
    let all = with_texts(world, &[Some("b"), Some("C"), last, Some("a")]).await?;
    for (order, places) in [(SortOrder::Ascending, [3, 0, 1, 2]), (SortOrder::Descending, [2, 1, 0, 3])] {
        let found = world.page(&world.query(None, Some((path, order)))?).await?.ids;
        let expected: Vec<String> =
            places.iter().filter_map(|at| all.get(*at)).map(|stored| stored.id.to_string()).collect();
        same(&format!("{} order", order.as_str()), found, expected)?;
    }
    Ok(())
}

pub(super) async fn totals_count_what_was_found<S: ResourceStore>(world: &World<'_, S>) -> Check {
    with_texts(world, &[Some("x 1"), Some("x 2"), Some("y"), Some("x 3")]).await?;
    let path = world.text()?;
    let filter = format!(r#"{path} sw "x""#).parse().map_err(scim_core::ScimError::from)?;
    for (start, count, items) in [(1, 0, 0), (1, 2, 2), (3, 2, 1), (4, 2, 0), (u64::MAX, 2, 0)] {
        let mut query = world.query(Some(&filter), None)?;
        (query.start, query.count) = (Start::Index(start), count);
        let page = world.page(&query).await?;
        let asked = format!("startIndex {start}, count {count}");
        same(&format!("the total at {asked}"), page.total, Some(3))?;
        same(&format!("the page at {asked}"), page.ids.len(), items)?;
    }
    let page = world.page(&world.query(None, None)?).await?;
    holds("all are found without a filter", page.ids.len() == 4 && page.total == Some(4))
}
