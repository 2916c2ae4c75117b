#include "tools/node/node_services.hpp"

namespace node {

api::HsmHealth NodeHealth::hsm() const {
    const hsm::Status status = node_.token().status();
    const auto why_no_anchor = node_.why_no_anchor();
    return {.state = std::string(hsm::name_of(status.state)),
            .ready = status.state == hsm::State::ready && !why_no_anchor,
            .waits_for_person = hsm::waits_for_person(status.state),
            .since = status.since,
            .why = status.why ? status.why : why_no_anchor,
            .module = status.module,
            .token_label = status.token_label,
            .token_serial = status.token_serial,
            .signatures = status.signatures,
            .restarts = status.restarts,
            .last_signature_us = status.last_signature_us};
}

std::optional<api::AnchorHealth> NodeHealth::anchor() const {
    const auto status = node_.anchor_status();
    if (!status) return std::nullopt;
    return api::AnchorHealth{.counter = status->counter,
                             .anchored = status->anchored,
                             .written_at = status->written_at,
                             .failing = status->failing,
                             .second_failing = status->second_failing,
                             .failing_since = status->failing_since,
                             .second_shared = node_.anchor_folder_shared()};
}

std::optional<api::SnapshotHealth> NodeHealth::snapshots() const {
    const auto status = node_.snapshot_status();
    if (!status) return std::nullopt;
    api::SnapshotHealth health;
    if (status->found.used) health.newest = status->found.used->head.size;
    health.made_at = status->made_at;
    health.since = status->since;
    for (const auto& rejected : status->found.rejected) health.problems.push_back(rejected.why);
    if (status->failing) health.problems.push_back(*status->failing);
    return health;
}

std::optional<api::ReadModelsHealth> NodeHealth::read_models() const {
    const auto status = node_.read_models_status();
    if (!status) return std::nullopt;
    return api::ReadModelsHealth{status->applied, status->failing};
}

NodeServices::NodeServices(Node& node, const std::filesystem::path& ledger_folder,
                           std::function<std::vector<api::MirrorHealth>()> mirrors)
    : health_(node, std::move(mirrors)),
      witness_({.suite = *node.facts().suite,
                .log = node.log(),
                .origin = node.facts().origin,
                .incarnations = node.facts().incarnations,
                .keys = node.facts().keys,
                .root = node.facts().root,
                .retired = node.facts().retired,
                .clock = node.clock(),
                .evidence_folder = ledger_folder / "evidence"}),
      services_{.sequencer = node.sequencer(),
                .log = node.log(),
                .decider = node.decider(),
                .suite = *node.facts().suite,
                .origin = node.facts().origin,
                .incarnations = node.facts().incarnations,
                .keys = node.facts().keys,
                .opening_chains = node.facts().opening_chains,
                .device_salt = node.facts().genesis.device_salt,
                .replaced_key_chain = node.facts().replaced_key_chain(),
                .clock = node.clock(),
                .health = health_,
                .room = [&node] { return node.log().room(); },
                .retry_hsm = [&node] { node.token().retry(); },
                .witness = witness_,
                .refused_adoptions = refused_adoptions_,
                .preparation = {*node.facts().suite, node.facts().genesis.device_salt, node.facts().root,
                                node.facts().origin.server_id}} {}

}  // namespace node
