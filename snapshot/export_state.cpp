#include "snapshot/export_state.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::ExportManifest;
using ledger::Result;
using ledger::TreeSize;

constexpr std::size_t mark_bytes_max = 32;
constexpr std::size_t chain_bytes_max = 1 << 20;

Result<ExportManifest> manifest_of(const ledger::LogReader& log, ExportManifest::Annex annex) {
    ACTLEDGER_TRY(const ledger::Bytes first, log.event({0}));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(first));
    const auto* created = std::get_if<ledger::LedgerCreated>(&event.body);
    if (created == nullptr) {
        return Error{ledger::errc::log_damaged, "event 0 is not LedgerCreated", {{"folder", log.name()}}};
    }
    const ledger::Suite* const suite = ledger::find_suite(created->suite);
    if (suite == nullptr) return Error{ledger::errc::unknown_event_kind, "suite"};
    return ExportManifest{created->suite, created->server_id, suite->hash_leaf(first), annex};
}

/// What files cover, if that is less than the checkpoint says: behind it everything is made again, also the files that
/// are there. A checkpoint that is not the log's own note of that size is made again with the same.
Result<void> go_back_to_whole(const std::filesystem::path& folder, std::string_view note, const ledger::LogReader& log,
                              ExportState& state) {
    const TreeSize stated = state.published;
    ACTLEDGER_TRY(const TreeSize covered, ledger::ExportFolder::covered_within(folder, state.manifest.annex, stated,
                                                                               ledger::ExportFolder::Levels::all));
    ACTLEDGER_TRY(const ledger::ReleasedHead same, log.head_covering(stated));
    if (covered == stated && (same.size != stated || same.note == note)) return {};
    state.damaged = true;
    TreeSize whole;
    // One head is enough, and the newest within the last numbers of what is covered is found at once.
    for (std::uint64_t back = 0; whole.value == 0 && back < covered.value; back = 2 * back + ledger::tile_width) {
        const std::uint64_t from = covered.value - std::min(covered.value, back);
        ACTLEDGER_CHECK(log.visit_heads({std::max<std::uint64_t>(from, 1)}, [&](const ledger::ReleasedHead& head) {
            if (head.size > covered || head.size >= stated) return false;
            whole = head.size;
            return true;
        }));
    }
    state.published = whole;
    return {};
}

/// Its checkpoint is a head of this very log, or of a longer or another one.
Result<void> check_published(const std::filesystem::path& folder, const ledger::Suite& suite, std::string_view note,
                             const ledger::LogReader& log, ExportState& state) {
    const auto fact = [](const char* name, std::uint64_t value) { return ledger::Fact{name, std::to_string(value)}; };
    const auto published = ledger::SignedCheckpoint::parse(note);
    if (!published) {
        return Error{ledger::errc::malformed_tile,
                     published.error().describe(),
                     {{"folder", folder.string()}, {"path", "checkpoint"}}};
    }
    const ledger::TreeHead& head = published->checkpoint.head;
    const ledger::Origin& origin = published->checkpoint.origin;
    ACTLEDGER_TRY(const ledger::ReleasedHead newest, log.last_head());
    ACTLEDGER_TRY(const auto present, ledger::SignedCheckpoint::parse(newest.note));
    state.older_incarnation = origin.incarnation < present.checkpoint.origin.incarnation;
    ACTLEDGER_TRY(const TreeSize size, log.size());
    if (head.size <= size) {
        ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(suite, head.size, log));
        state.published = head.size;
        if (edge.head() == head) return go_back_to_whole(folder, note, log, state);
    }
    if (state.older_incarnation) {
        return Error{errc::export_incarnation_closed,
                     {},
                     {{"folder", folder.string()},
                      fact("size", head.size.value),
                      {"origin", origin.text()},
                      {"log_origin", present.checkpoint.origin.text()}}};
    }
    if (head.size > size) {
        return Error{errc::export_ahead,
                     {},
                     {{"folder", folder.string()}, fact("size", head.size.value), fact("log_size", size.value)}};
    }
    return Error{errc::export_contradicts, {}, {{"folder", folder.string()}, fact("size", head.size.value)}};
}

}  // namespace

Result<ExportState> look_at_export(const ExportFiles& files, const ledger::LogReader& log,
                                   ExportManifest::Annex annex) {
    const ledger::Fact folder{"folder", files.folder().string()};
    ExportState state;
    ACTLEDGER_TRY(state.manifest, manifest_of(log, annex));
    ACTLEDGER_TRY(const auto manifest_text, files.read("manifest", ledger::export_manifest_bytes_max));
    if (!manifest_text) {
        ACTLEDGER_TRY(const bool foreign, files.holds_something());
        if (foreign) return Error{errc::export_folder_foreign, {}, {folder}};
        return state;
    }
    const auto manifest = ExportManifest::parse(*manifest_text);
    if (!manifest) return Error{manifest.error().code, manifest.error().detail, {folder}};
    if (manifest->server_id != state.manifest.server_id || manifest->genesis != state.manifest.genesis) {
        return Error{errc::export_other_ledger, {}, {folder, {"found", manifest->server_id}}};
    }
    if (manifest->annex != annex) return Error{errc::export_annex_differs, {}, {folder}};
    state.manifest_is_there = true;

    ACTLEDGER_TRY(const auto note, files.read("checkpoint", ledger::note_bytes_max));
    if (!note) return state;
    const ledger::Suite& suite = *ledger::find_suite(state.manifest.suite);
    ACTLEDGER_CHECK(check_published(files.folder(), suite, *note, log, state));
    ACTLEDGER_TRY(const auto chain, files.read("chain.pem", chain_bytes_max));
    state.chain_is_there = chain.has_value();
    ACTLEDGER_TRY(const auto mark, files.read("erased-through", mark_bytes_max));
    if (mark && mark->ends_with('\n')) {
        // A mark that cannot be read is one that says nothing: all erasures are looked for again.
        const auto through = ledger::decimal_decode(std::string_view(*mark).substr(0, mark->size() - 1));
        if (through && *through <= state.published.value) state.erased_through = {*through};
    }
    return state;
}

}  // namespace snapshot
