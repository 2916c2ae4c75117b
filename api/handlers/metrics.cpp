// What is counted anyway, as Prometheus metric families; the library writes its text format.

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>

#include "api/handlers/system_handlers.hpp"
#include "api/refused_adoptions.hpp"
#include "api/witness.hpp"

namespace api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Families {
 public:
    void counter(std::string name, std::string help, std::uint64_t value) {
        single(std::move(name), std::move(help), MetricType::Counter).counter.value = static_cast<double>(value);
    }
    void gauge(std::string name, std::string help, double value) {
        single(std::move(name), std::move(help), MetricType::Gauge).gauge.value = value;
    }
    MetricFamily& family(std::string name, std::string help, MetricType type) {
        families_.push_back({"actledger_" + std::move(name), std::move(help), type, {}});
        return families_.back();
    }
    [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
    ClientMetric& single(std::string name, std::string help, MetricType type) {
        return family(std::move(name), std::move(help), type).metric.emplace_back();
    }
    std::vector<MetricFamily> families_;
};

void add_micros(Families& families, std::string name, std::string help, const ledger::MicrosHistogram& histogram) {
    auto& metric = families.family(std::move(name), std::move(help), MetricType::Histogram).metric.emplace_back();
    metric.histogram.sample_count = histogram.count;
    metric.histogram.sample_sum = static_cast<double>(histogram.sum_us) / 1e6;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i + 1 < histogram.buckets.size(); ++i) {
        cumulative += histogram.buckets[i];
        metric.histogram.bucket.push_back({cumulative, static_cast<double>(std::uint64_t{1} << i) / 1e6});
    }
}

void add_requests(Families& families, const Router& router) {
    constexpr std::array<const char*, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
    auto requests = MetricFamily{
        "actledger_http_requests_total", "Requests, by route and class of status.", MetricType::Counter, {}};
    auto durations = MetricFamily{"actledger_http_request_duration_seconds",
                                  "From the whole request to the whole answer.",
                                  MetricType::Histogram,
                                  {}};
    const auto count = [&](const std::string& method, const std::string& route, const RequestMetrics& metrics) {
        for (unsigned hundreds = 1; hundreds <= 5; ++hundreds) {
            if (metrics.of_class(hundreds) == 0) continue;
            ClientMetric& metric = requests.metric.emplace_back();
            metric.label = {{"method", method}, {"route", route}, {"status", classes[hundreds - 1]}};
            metric.counter.value = static_cast<double>(metrics.of_class(hundreds));
        }
    };
    count("", "", router.refused());
    for (const auto& [route, metrics] : router.routes()) {
        const std::string method(name_of(route.method));
        const std::string pattern(route.pattern);
        count(method, pattern, metrics);
        std::uint64_t cumulative = 0;
        ClientMetric metric;
        metric.label = {{"method", method}, {"route", pattern}};
        for (std::size_t i = 0; i < RequestMetrics::bounds_s.size(); ++i) {
            cumulative += metrics.in_bucket(i);
            metric.histogram.bucket.push_back({cumulative, RequestMetrics::bounds_s[i]});
        }
        metric.histogram.sample_count = cumulative + metrics.in_bucket(RequestMetrics::bounds_s.size());
        metric.histogram.sample_sum = metrics.sum_s();
        if (metric.histogram.sample_count != 0) durations.metric.push_back(std::move(metric));
    }
    families.family("http_requests_total", requests.help, requests.type).metric = std::move(requests.metric);
    families.family("http_request_duration_seconds", durations.help, durations.type).metric =
        std::move(durations.metric);
}

void add_mirrors(Families& families, const HealthSource& health) {
    const auto mirrors = health.mirrors();
    if (mirrors.empty()) return;
    const auto add = [&](const char* name, const char* help, const auto& value_of) {
        MetricFamily& family = families.family(name, help, MetricType::Gauge);
        for (const MirrorHealth& mirror : mirrors) {
            ClientMetric& metric = family.metric.emplace_back();
            metric.label = {{"folder", mirror.folder}};
            metric.gauge.value = static_cast<double>(value_of(mirror));
        }
    };
    add("mirror_events", "Events that a mirror holds.", [](const MirrorHealth& m) { return m.size.value; });
    add("mirror_behind_events", "Durable events that a mirror does not hold.",
        [](const MirrorHealth& m) { return m.behind; });
    add("mirror_lag_seconds", "How long the oldest of them has been waiting.",
        [](const MirrorHealth& m) { return static_cast<double>(m.lag.us) / 1e6; });
    add("mirror_well", "1 while a mirror can be written and gets on.",
        [](const MirrorHealth& m) { return m.problem ? 0 : 1; });
}

void add_ledger(Families& families, const LedgerServices& services) {
    const ledger::SequencerStats stats = services.sequencer.stats();
    const HsmHealth hsm = services.health.hsm();
    families.gauge("ledger_events", "Events that are durable.", static_cast<double>(stats.durable.value));
    families.gauge("queue_length", "Requests that wait to be decided.", static_cast<double>(stats.queued));
    families.counter("queue_accepted_total", "Requests that were queued.", stats.accepted);
    families.counter("queue_refused_total", "Requests that a full queue refused.", stats.refused);
    families.counter("commit_groups_total", "Groups that were committed.", stats.groups);
    families.counter("commit_events_total", "Events that were committed.", stats.events);
    add_micros(families, "signing_duration_seconds", "Signing one tree head.", stats.signing);
    add_micros(families, "sync_duration_seconds", "One durable commit.", stats.sync);
    families.gauge("writing", "1 while new events can be written.", stats.hindrance ? 0 : 1);
    families.gauge("time_in_doubt", "1 while ledger time is in doubt.", stats.in_doubt_since ? 1 : 0);
    families.gauge("wall_ahead_seconds", "Wall clock less ledger time.",
                   static_cast<double>(stats.wall_ahead.us) / 1e6);
    const ledger::StorageRoom room = services.room();
    families.gauge("ledger_bytes", "Bytes that the log takes.", static_cast<double>(room.used_bytes));
    families.gauge("ledger_free_bytes", "Bytes that the log can still grow by.", static_cast<double>(room.free_bytes));
    families.gauge("ledger_room_alarm", "1 while its disk is more than four fifths full.", room.alarm ? 1 : 0);
    families.gauge("hsm_ready", "1 while the HSM signs.", hsm.ready ? 1 : 0);
    families.counter("hsm_signatures_total", "Verified signatures of this process.", hsm.signatures);
    families.counter("hsm_restarts_total", "How often the HSM's process was started again.", hsm.restarts);
    add_mirrors(families, services.health);
    MetricFamily& refused = families.family(
        "adoptions_refused_total", "Activation files of earlier incarnations that were refused.", MetricType::Counter);
    for (const auto& [code, count] : services.refused_adoptions.by_code()) {
        ClientMetric& metric = refused.metric.emplace_back();
        metric.label = {{"code", code}};
        metric.counter.value = static_cast<double>(count);
    }
    families.gauge("history_contradicted", "1 if a client showed a head of another history.",
                   services.witness.alarmed() ? 1 : 0);
}

}  // namespace

std::string metrics_text(const SystemServices& services) {
    Families families;
    auto& build = families.family("build_info", "The version that runs.", MetricType::Gauge).metric.emplace_back();
    build.label = {{"version", ACTLEDGER_VERSION}};
    build.gauge.value = 1;
    families.gauge("start_time_seconds", "When the server started.", static_cast<double>(services.started_at.us) / 1e6);
    if (const Server* const server = services.server()) {
        const ServerCounters& counters = server->counters();
        families.gauge("connections", "Open connections.", static_cast<double>(server->open_connections()));
        families.counter("connections_accepted_total", "Connections.", counters.accepted);
        families.counter("connections_refused_total", "Connections over a limit.", counters.refused_connections);
        families.counter("tls_handshakes_failed_total", "TLS handshakes that failed.", counters.failed_handshakes);
        families.counter("timeouts_total", "Connections that were too slow.", counters.timeouts);
    }
    add_requests(families, services.router);
    if (services.ledger != nullptr) add_ledger(families, *services.ledger);
    return families.text();
}

}  // namespace api
