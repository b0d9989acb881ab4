//! stub
use crate::html::Selectors;
#[derive(Debug, Clone)]
pub struct PageSelectors {
    pub item: Selectors,
    pub title: Option<Selectors>,
    pub link: Option<Selectors>,
    pub date: Option<Selectors>,
    pub content: Option<Selectors>,
}
#[derive(Debug, thiserror::Error)]
#[error("the page has nothing that matches")]
pub struct PageError;
pub fn feed_of_page(html: &str, _address: &url::Url, _s: &PageSelectors) -> Result<String, PageError> {
    Ok(html.to_owned())
}
