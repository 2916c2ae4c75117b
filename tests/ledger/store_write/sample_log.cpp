#include "tests/ledger/store_write/sample_log.hpp"

#include "ledger/core/event_codec.hpp"

namespace ledger {

Origin sample_origin(const Signer& signer) { return {derive_server_id(default_suite(), signer.public_key()), 1}; }

EventDraft genesis_draft(const Signer& signer) {
    LedgerCreated created;
    created.server_id = sample_origin(signer).server_id;
    created.public_key = signer.public_key().spki();
    created.vendor_root = Bytes(500, 0x30);
    created.device_salt.fill(7);
    created.software_version = "0.1.0";
    return {{Actor::Kind::operator_, Actor::Authority::local_account, {}}, std::move(created), {}};
}

EventDraft seat_draft(std::uint64_t number, std::size_t event_bytes) {
    SeatActivated seat;
    for (std::size_t i = 0; i < 8; ++i) seat.activation_id.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    seat.license_id = "sample";
    seat.product = "vdi-desktop";
    const std::size_t components = event_bytes < 1'000 ? 3 : 16;
    for (std::size_t i = 0; i < components; ++i) {
        Component component{"kind_" + std::to_string(10 + i),
                            default_suite().hash(as_bytes(std::to_string(number + i)))};
        seat.components.push_back(std::move(component));
    }
    seat.device_public_key = Bytes(91, static_cast<std::uint8_t>(number));
    return {{Actor::Kind::device, Actor::Authority::open_enrolment, Bytes(16, 1)}, std::move(seat), {}};
}

AnnexValue annex_value(AnnexField field, std::string value) {
    AnnexValue annex{field, {}, std::move(value)};
    fill_random(annex.salt);
    return annex;
}

void make_log(const std::filesystem::path& folder, Signer& signer, Timestamp time) {
    const EventDraft genesis = genesis_draft(signer);
    create_log(folder, sample_origin(signer), std::span(&genesis, 1), time, signer).value();
}

EngineOptions sample_engine_options() {
    EngineOptions options;
    options.map_bytes = 1ULL << 30;
    options.step_bytes = 1U << 20;
    options.keep_free_bytes = 0;
    return options;
}

namespace {

/// RFC 6962, section 2.1, word for word.
Digest tree_hash(std::span<const Digest> leaves) {
    const Suite& suite = default_suite();
    if (leaves.empty()) return suite.empty_root();
    if (leaves.size() == 1) return leaves[0];
    std::size_t k = 1;
    while (k * 2 < leaves.size()) k *= 2;
    return suite.hash_node(tree_hash(leaves.first(k)), tree_hash(leaves.subspan(k)));
}

std::string event_fault(const LogReader& log, std::uint64_t number, const Bytes& stored, Timestamp& last) {
    const std::string name = "event " + std::to_string(number) + ": ";
    const auto event = decode_event(stored);
    if (!event) return name + event.error().describe();
    if (event->sequence_number.value != number) return name + "another number";
    if (event->time < last) return name + "time goes back";
    last = event->time;
    const auto annex = log.annex({number});
    if (!annex) return name + annex.error().describe();
    if (const auto checked = check_annex(default_suite(), *event, *annex); !checked) return name + "annex";
    return {};
}

}  // namespace

std::string find_fault(const LogReader& log, const PublicKey& key, bool every_signature) {
    const TreeSize size = log.size().value();
    std::vector<Digest> leaves;
    std::string fault;
    Timestamp last{0};
    for (std::uint64_t number = 0; number < size.value && fault.empty(); ++number) {
        const auto stored = log.event({number});
        if (!stored) return "event " + std::to_string(number) + " is missing";
        fault = event_fault(log, number, *stored, last);
        leaves.push_back(default_suite().hash_leaf(*stored));
        for (std::uint8_t level = 0; (number + 1) % (std::uint64_t{1} << level) == 0 && level < 40; ++level) {
            const std::uint64_t width = std::uint64_t{1} << level;
            const auto node = log.node({level, (number + 1) / width - 1});
            const bool right = node && *node == tree_hash(std::span(leaves).last(width));
            if (!right) return "node " + std::to_string(level) + " of event " + std::to_string(number);
        }
    }
    if (!fault.empty()) return fault;
    TreeSize covered;
    const auto visited = log.visit_heads({0}, [&](const ReleasedHead& head) {
        const auto parsed = SignedCheckpoint::parse(head.note);
        if (!parsed || head.size > size) return fault = "a head is not well formed or beyond the log", false;
        const Checkpoint& checkpoint = parsed->checkpoint;
        const bool root = checkpoint.head == TreeHead{head.size, tree_hash(std::span(leaves).first(head.size.value))};
        if (!root) return fault = "head " + std::to_string(head.size.value) + " has another root", false;
        const bool judged = every_signature || head.size == size;
        if (judged && !verify_note(default_suite(), parsed->note, checkpoint.origin.text(), key)) {
            return fault = "signature of head " + std::to_string(head.size.value), false;
        }
        covered = head.size;
        return true;
    });
    if (!visited) return visited.error().describe();
    if (fault.empty() && covered != size) return "the last head does not cover the log";
    return fault;
}

}  // namespace ledger
