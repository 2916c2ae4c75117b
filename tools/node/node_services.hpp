#pragma once
// tools/node/node_services.hpp: a node as the API sees it: health of HSM and anchor, witness, and the services that the
// endpoints work with. The server and, while none runs, the CLI make one over their node.

#include "api/credentials.hpp"
#include "api/refused_adoptions.hpp"
#include "api/services.hpp"
#include "api/witness.hpp"
#include "tools/node/node.hpp"

namespace node {

/// What the node's parts say of themselves. Any thread.
class NodeHealth final : public api::HealthSource {
 public:
    /// @param mirrors  of the server; the CLI has none.
    NodeHealth(Node& node, std::function<std::vector<api::MirrorHealth>()> mirrors)
        : node_(node), mirrors_(std::move(mirrors)) {}
    [[nodiscard]] api::HsmHealth hsm() const override;
    [[nodiscard]] std::optional<api::AnchorHealth> anchor() const override;
    [[nodiscard]] std::vector<api::MirrorHealth> mirrors() const override {
        return mirrors_ ? mirrors_() : std::vector<api::MirrorHealth>();
    }
    [[nodiscard]] std::optional<api::SnapshotHealth> snapshots() const override;
    [[nodiscard]] std::optional<api::ReadModelsHealth> read_models() const override;

 private:
    Node& node_;
    std::function<std::vector<api::MirrorHealth>()> mirrors_;
};

/// Owns what lies between a node and a router. The node outlives it.
class NodeServices {
 public:
    NodeServices(Node& node, const std::filesystem::path& ledger_folder,
                 std::function<std::vector<api::MirrorHealth>()> mirrors = {});
    [[nodiscard]] api::LedgerServices& ledger() { return services_; }
    [[nodiscard]] api::ChallengeBook& challenges() { return challenges_; }

 private:
    NodeHealth health_;
    api::Witness witness_;
    api::ChallengeBook challenges_;
    api::RefusedAdoptions refused_adoptions_;
    api::LedgerServices services_;
};

}  // namespace node
