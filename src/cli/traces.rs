//! Traces of requests and of what publishers are asked, for those who operate many services: sent with OTLP over HTTP.
//! Where to, and everything else about it, is said by the variables of OpenTelemetry
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>); without them nothing is sent.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::output::complain;

/// The variables that say where traces are sent to.
const WHERE: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// What sends traces, until it is dropped: then the last ones are sent.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` where nothing says where to send them, or where that can not be used.
    pub fn begin() -> Option<Self> {
        if WHERE.iter().all(|name| std::env::var_os(name).is_none()) {
            return None;
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter =
            exporter.inspect_err(|error| complain(&format!("limpid: no traces are sent: {error}\n"))).ok()?;
        let about = Resource::builder().with_service_name("limpid").build();
        Some(Traces(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(about).build()))
    }

    /// What takes part in the log for it.
    pub fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("limpid"))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            complain(&format!("limpid: the last traces could not be sent: {error}\n"));
        }
    }
}
