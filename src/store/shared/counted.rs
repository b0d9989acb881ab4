//! What is counted of Redis, for those who operate limpid.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The numbers.
#[derive(Debug)]
pub(super) struct Counted {
    pub registry: Registry,
    pub is_up: Gauge,
    pub operations: Counter,
    pub failures: Counter,
    pub taken_over: Counter,
    pub refused: Counter,
}

impl Default for Counted {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("limpid_redis");
        let (is_up, operations, failures) = <(Gauge, Counter, Counter)>::default();
        let (taken_over, refused) = <(Counter, Counter)>::default();
        registry.register("up", "Whether Redis can be used", is_up.clone());
        registry.register("operations", "What Redis was asked to do", operations.clone());
        registry.register("failures", "What it did not do, or not in time", failures.clone());
        let help = "What another limpid has asked a publisher for, and this one has not";
        registry.register("taken_over", help, taken_over.clone());
        let help = "What came too late: another limpid had asked in the meantime";
        registry.register("refused", help, refused.clone());
        Counted { registry, is_up, operations, failures, taken_over, refused }
    }
}
