//! Which operation a method and a path mean: RFC 7644 §3.2, in one table.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;
use scim_core::ResourceId;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The base URL itself: all resource types.
    Root,
    /// `/.search`
    RootSearch,
    /// `/Users`: the resource type of this index.
    Type(usize),
    /// `/Users/.search`
    TypeSearch(usize),
    /// `/Users/{id}`
    Resource(usize, ResourceId),
    /// `/Me`
    Me,
    /// `/Bulk`
    Bulk,
    /// `/ServiceProviderConfig`
    ServiceProviderConfig,
    /// `/ResourceTypes` or `/ResourceTypes/{name}`
    ResourceTypes(Option<String>),
    /// `/Schemas` or `/Schemas/{uri}`
    Schemas(Option<String>),
}

/// Why a path means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nowhere {
    /// There is nothing.
    NotFound,
    /// It asks for another version of the protocol (RFC 7644 §3.13).
    Version,
}

impl Place {
    /// What a path below the base URL means. `endpoints` are those of the resource types, such as `/Users`.
    pub(crate) fn read<'e>(path: &str, endpoints: impl Iterator<Item = &'e str>) -> Result<Self, Nowhere> {
        // A slash too many does no harm.
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let Some(first) = segments.next() else { return Ok(Self::Root) };
        let first = decode(first)?;
        let second = segments.next().map(decode).transpose()?;
        if segments.next().is_some() {
            return Err(Nowhere::NotFound);
        }
        let alone = |place: Self| if second.is_none() { Ok(place) } else { Err(Nowhere::NotFound) };
        match first.as_ref() {
            ".search" => return alone(Self::RootSearch),
            "Me" => return alone(Self::Me),
            "Bulk" => return alone(Self::Bulk),
            "ServiceProviderConfig" | "ServiceProviderConfigs" => return alone(Self::ServiceProviderConfig),
            "ResourceTypes" => return Ok(Self::ResourceTypes(second.map(Cow::into_owned))),
            "Schemas" => return Ok(Self::Schemas(second.map(Cow::into_owned))),
            _ => {}
        }
        for (at, endpoint) in endpoints.enumerate() {
            if endpoint.strip_prefix('/').unwrap_or(endpoint) == first {
                return match second {
                    None => Ok(Self::Type(at)),
                    Some(second) if second == ".search" => Ok(Self::TypeSearch(at)),
                    // What could not be an id is the id of nothing.
                    Some(second) => match ResourceId::new(second.as_ref()) {
                        Ok(id) => Ok(Self::Resource(at, id)),
                        Err(_) => Err(Nowhere::NotFound),
                    },
                };
            }
        }
        let is_version = first
            .strip_prefix(['v', 'V'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        Err(if is_version { Nowhere::Version } else { Nowhere::NotFound })
    }

    /// The methods that make sense there, for `Allow`.
    pub(crate) fn methods(&self) -> &'static [Method] {
        const READ: &[Method] = &[Method::GET, Method::HEAD];
        match self {
            Self::Root | Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_) => READ,
            Self::RootSearch | Self::TypeSearch(_) | Self::Bulk => &[Method::POST],
            Self::Type(_) => &[Method::GET, Method::HEAD, Method::POST],
            Self::Resource(..) | Self::Me => {
                &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE]
            }
        }
    }

    /// Whether it describes the service.
    pub(crate) fn is_discovery(&self) -> bool {
        matches!(self, Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_))
    }
}

/// Decodes a segment, once.
fn decode(segment: &str) -> Result<Cow<'_, str>, Nowhere> {
    percent_decode_str(segment).decode_utf8().map_err(|_| Nowhere::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<Place, Nowhere> {
        Place::read(path, ["/Users", "/Groups"].into_iter())
    }

    #[test]
    fn table() {
        let id = |text: &str| ResourceId::new(text).unwrap();
        assert_eq!(read(""), Ok(Place::Root));
        assert_eq!(read("/"), Ok(Place::Root));
        assert_eq!(read("/Users"), Ok(Place::Type(0)));
        assert_eq!(read("//Users/"), Ok(Place::Type(0)));
        assert_eq!(read("/Groups/7/"), Ok(Place::Resource(1, id("7"))));
        assert_eq!(read("/Users/a%2Fb"), Ok(Place::Resource(0, id("a/b"))));
        assert_eq!(read("/Users/%2e%2e"), Ok(Place::Resource(0, id(".."))));
        assert_eq!(read("/Users/.search"), Ok(Place::TypeSearch(0)));
        assert_eq!(read("/.search"), Ok(Place::RootSearch));
        assert_eq!(read("/Schemas/urn:a"), Ok(Place::Schemas(Some("urn:a".to_owned()))));
        assert_eq!(read("/ServiceProviderConfig"), Ok(Place::ServiceProviderConfig));
    }

    #[test]
    fn nowhere() {
        for path in [
            "/users",
            "/Users/7/8",
            "/Me/7",
            "/Bulk/7",
            "/Users/%00",
            "/Users/%ff",
            "/.search/7",
            "/%2FUsers",
        ] {
            assert_eq!(read(path), Err(Nowhere::NotFound), "{path}");
        }
    }

    #[test]
    fn r7644_3_13_01_another_version_is_refused() {
        assert_eq!(read("/v1/Users"), Err(Nowhere::Version));
        assert_eq!(read("/v"), Err(Nowhere::NotFound));
    }
}
