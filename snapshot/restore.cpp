#include "snapshot/restore.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/store_read/key_search.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/replaced_log.hpp"
#include "snapshot/restore_batch.hpp"

namespace snapshot {
namespace {

using ledger::Certificate;
using ledger::Error;
using ledger::Result;

constexpr std::uint64_t page_bytes = 4096;

/// What event 0 and the hand-overs say, and the export's newest head, which is signed by the key that it has then.
struct Beginning {
    HistoryOwner owner;
    Certificate root;  ///< The one that event 0 pins.
    ledger::Origin origin;
};

Error wrong_head(const ledger::ExportFolder& from, ledger::TreeSize size, const Error& why) {
    return {errc::restore_head_wrong,
            why.describe(),
            {{"folder", from.folder().string()}, {"size", std::to_string(size.value)}}};
}

/// @return errc::restore_hand_over_wrong for a hand-over that is not genuine
Result<ledger::KeyEpochs> find_keys(const ledger::ExportFolder& from, const Certificate& root) {
    ACTLEDGER_TRY(const auto scan, ledger::open_export_scan(from.folder()));
    ACTLEDGER_TRY(const auto view, scan->open_view());
    std::optional<Error> refused;
    const auto judge = [&](const ledger::Event& event, const ledger::KeyEpochs& before) -> Result<void> {
        const auto genuine = ledger::verify_key_change(event, before, root);
        if (genuine) return {};
        refused = Error{errc::restore_hand_over_wrong,
                        genuine.error().describe(),
                        {{"folder", from.folder().string()}, {"at", std::to_string(event.sequence_number.value)}}};
        return *refused;
    };
    auto keys = ledger::find_key_epochs(ledger::key_search_in(*view), from.newest_head().size, judge);
    if (refused) return *std::move(refused);
    return keys;
}

Result<Beginning> read_beginning(const ledger::ExportFolder& from) {
    const auto wrong = [&](std::string detail) {
        return Error{errc::restore_event_wrong,
                     std::move(detail),
                     {{"folder", from.folder().string()}, {"path", "tile/entries/000"}, {"at", "0"}}};
    };
    ledger::ExportPart part;
    ACTLEDGER_CHECK(from.read_part(0, part));
    const auto event = ledger::decode_event(part.entries.front());
    if (!event && event.error().code == ledger::errc::unknown_event_kind) return event.error();
    if (!event) return wrong(event.error().describe());
    const auto* created = std::get_if<ledger::LedgerCreated>(&event->body);
    if (created == nullptr) return wrong("not LedgerCreated");
    const ledger::ExportManifest& manifest = from.manifest();
    const ledger::Suite* const suite = ledger::find_suite(created->suite);
    ACTLEDGER_ASSERT(suite != nullptr);  // the codec refuses unknown suites
    if (created->suite != manifest.suite || suite->hash_leaf(part.entries.front()) != manifest.genesis) {
        return wrong("not the one that the manifest names");
    }
    const auto key = ledger::PublicKey::from_spki(created->suite, created->public_key);
    if (!key) return wrong(key.error().describe());
    ACTLEDGER_TRY(const ledger::Origin origin, ledger::Origin::parse(event->origin));
    const bool derived =
        !ledger::begins_with_first_key(origin) || ledger::derive_server_id(*suite, *key) == manifest.server_id;
    if (created->server_id != manifest.server_id || !derived) {
        return wrong("the server id does not follow from the key");
    }
    const auto root = Certificate::from_der(created->vendor_root);
    if (!root) return wrong(root.error().describe());

    ACTLEDGER_TRY(ledger::KeyEpochs keys, find_keys(from, *root));
    const auto head = ledger::SignedCheckpoint::parse(from.newest_head().note);
    if (!head) return wrong_head(from, from.newest_head().size, head.error());
    if (const auto good = keys.verify(*suite, head->note, head->checkpoint.origin); !good) {
        return wrong_head(from, from.newest_head().size, good.error());
    }
    // It may state more than the copy has; an altered one is not taken for such.
    const ledger::SignedCheckpoint& stated = from.checkpoint();
    if (const auto good = keys.verify_later(*suite, stated.note, stated.checkpoint.origin); !good) {
        return wrong_head(from, stated.checkpoint.head.size, good.error());
    }
    return Beginning{{suite, std::move(keys), created->server_id}, *root, head->checkpoint.origin};
}

/// Whether the newest certificates are over the ledger's key, under the root. None at all is no error here.
Result<bool> check_certified(const Beginning& beginning, const PartJoin& history, const std::string& folder) {
    const auto& ders = history.state().identity().certificates();
    if (ders.empty()) return false;
    const auto refused = [&](std::string detail) {
        return Error{errc::restore_not_certified, std::move(detail), {{"folder", folder}}};
    };
    std::vector<Certificate> chain;
    for (const ledger::Bytes& der : ders) {
        const auto certificate = Certificate::from_der(der);
        if (!certificate) return refused(certificate.error().describe());
        chain.push_back(*certificate);
    }
    const auto good = ledger::verify_chain(chain, beginning.root, ledger::Purpose::server, history.certified_at());
    if (!good) return refused(good.error().describe());
    if (chain.front().spki() != beginning.owner.keys.present().key.spki() ||
        chain.front().server_id() != beginning.owner.server_id) {
        return refused("over another key");
    }
    return true;
}

/// One restore. Reads twice: the export into the staged log, and that from the disk.
class Restore {
 public:
    Restore(const ledger::ExportFolder& from, const RestoreOptions& options, Beginning beginning)
        : from_(from), options_(options), beginning_(std::move(beginning)), total_(from.newest_head().size.value) {}

    Result<Restored> run(ledger::StagedLog& staged) {
        Restored restored;
        ACTLEDGER_CHECK(fill(staged.engine(), restored));
        staged.close();
        ACTLEDGER_CHECK(read_back(staged, restored.proof));
        restored.origin = beginning_.origin;
        restored.root_fingerprint = beginning_.root.fingerprint();
        restored.stated = from_.checkpoint().checkpoint.head.size;
        return restored;
    }

 private:
    [[nodiscard]] std::string folder_name() const { return from_.folder().string(); }

    Result<void> advance(std::uint64_t done) {
        if (options_.stop && options_.stop()) return Error{errc::restore_interrupted, {}, {{"folder", folder_name()}}};
        if (options_.progress) options_.progress(done, 2 * total_);
        return {};
    }

    Result<void> fill(ledger::LmdbLogEngine& engine, Restored& restored) {
        const ExportSource source(from_);
        PartJoin history(source, beginning_.owner);
        ACTLEDGER_CHECK(write(source, history, engine));
        restored.proof = history.finish();
        ACTLEDGER_CHECK(check_history(history, restored.proof));
        ACTLEDGER_TRY(restored.certified, check_certified(beginning_, history, folder_name()));
        if (options_.root && !restored.certified) {
            return Error{errc::restore_not_certified, "no certificate", {{"folder", folder_name()}}};
        }
        // Each erasure writes a page anew.
        ACTLEDGER_CHECK(engine.check_room(history.erasures().size(), page_bytes * history.erasures().size()));
        return engine.erase_restored(history.erasures());
    }

    Result<void> write(const PartSource& source, PartJoin& history, ledger::LmdbLogEngine& engine) {
        const PartChecker checker(source, beginning_.owner, PartChecker::Signatures::verified);
        OrderedPipeline<CheckedPart>* under_way = nullptr;
        RestoreBatch batch(engine, folder_name(),
                           [&](std::unique_ptr<CheckedPart> part) { under_way->recycle(std::move(part)); });
        OrderedPipeline<CheckedPart> pipeline(
            from_.parts(), options_.threads,
            [&](std::uint64_t index, CheckedPart& part) { return checker.check(index, part); },
            [&](std::unique_ptr<CheckedPart> part) -> Result<void> {
                ACTLEDGER_CHECK(history.add(*part));
                ACTLEDGER_CHECK(advance(part->end()));
                return batch.add(std::move(part));
            });
        under_way = &pipeline;
        ACTLEDGER_CHECK(pipeline.run());
        return batch.flush();
    }

    Result<void> check_history(const PartJoin& history, const HistoryProof& proof) {
        if (proof.head.size != from_.newest_head().size) {
            return Error{errc::restore_head_wrong,
                         "the newest head is not among heads/",
                         {{"folder", folder_name()}, {"size", std::to_string(from_.newest_head().size.value)}}};
        }
        const auto missing = history.first_missing();
        if (!missing || options_.missing_annex == RestoreOptions::MissingAnnex::accepted) return {};
        return Error{errc::restore_annex_missing,
                     {},
                     {{"folder", folder_name()},
                      {"count", std::to_string(proof.missing)},
                      {"at", std::to_string(missing->number)}}};
    }

    /// What the disk has, judged as the export was. Signatures were verified over the very same notes.
    Result<void> read_back(const ledger::StagedLog& staged, const HistoryProof& expected) {
        ACTLEDGER_TRY(const auto log, staged.read_back());
        const LogSource source(*log, expected.head.size);
        PartJoin history(source, beginning_.owner);
        const PartChecker checker(source, beginning_.owner, PartChecker::Signatures::taken_as_read);
        OrderedPipeline<CheckedPart>* under_way = nullptr;
        OrderedPipeline<CheckedPart> pipeline(
            from_.parts(), options_.threads,
            [&](std::uint64_t index, CheckedPart& part) { return checker.check(index, part); },
            [&](std::unique_ptr<CheckedPart> part) -> Result<void> {
                ACTLEDGER_CHECK(history.add(*part));
                ACTLEDGER_CHECK(advance(total_ + part->end()));
                under_way->recycle(std::move(part));
                return {};
            });
        under_way = &pipeline;
        const auto read = pipeline.run();
        if (!read && read.error().code == errc::restore_interrupted) return read.error();
        const auto differs = [&](std::string detail) {
            return Error{errc::restore_read_back_wrong, std::move(detail), {{"folder", folder_name()}}};
        };
        if (!read) return differs(read.error().describe());
        if (!(history.finish() == expected)) return differs("digests");
        return {};
    }

    const ledger::ExportFolder& from_;
    const RestoreOptions& options_;
    const Beginning beginning_;
    const std::uint64_t total_;
};

/// In the words of whoever restores: the log's own are those of a server.
Error of_place(Error error, const std::filesystem::path& folder) {
    const ledger::Fact place{"folder", folder.string()};
    if (error.code == ledger::errc::disk_full) return {errc::restore_disk_full, std::move(error.detail), {place}};
    if (error.code != ledger::errc::storage_failed) return error;
    return {errc::restore_write_failed, {}, {place, {"reason", std::move(error.detail)}}};
}

bool is_newer(const ledger::Checkpoint& here, const ledger::Origin& origin, ledger::TreeSize size) {
    if (here.origin.server_id != origin.server_id) return false;
    if (here.origin.incarnation != origin.incarnation) return here.origin.incarnation > origin.incarnation;
    return here.head.size > size;
}

/// Whether one is the other, or lies within it. @param inner, outer  normal, without a '/' at the end
bool within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

Result<void> refuse_inside(const std::filesystem::path& from, const std::filesystem::path& folder) {
    std::error_code failed;
    const auto copy = std::filesystem::weakly_canonical(from, failed);
    auto place = failed ? std::filesystem::path() : std::filesystem::weakly_canonical(folder, failed);
    if (failed) return {};                                   // what cannot be looked at is told when it is opened
    if (!place.has_filename()) place = place.parent_path();  // "folder/"
    if (!within(copy, place) && !within(place, copy)) return {};
    return Error{errc::restore_inside, {}, {{"folder", copy.string()}, {"ledger", place.string()}}};
}

Result<Restored> restore_into(const std::filesystem::path& folder, const ledger::ExportFolder& from,
                              const RestoreOptions& options, Beginning beginning) {
    ACTLEDGER_TRY(ledger::StagedLog staged, ledger::StagedLog::begin(folder, options.existing));
    Restore work(from, options, std::move(beginning));
    ACTLEDGER_TRY(Restored restored, work.run(staged));
    if (options.copy == RestoreOptions::Copy::may_lack_the_end) {
        ACTLEDGER_CHECK(staged.mark_restored(restored.proof.head.size));
    }
    ACTLEDGER_TRY(restored.moved_aside, staged.put_in_place());
    return restored;
}

}  // namespace

Result<Restored> restore(const std::filesystem::path& from, const std::filesystem::path& folder,
                         const RestoreOptions& options) {
    ACTLEDGER_TRY(const ledger::ExportFolder opened, ledger::ExportFolder::open(from));
    ACTLEDGER_CHECK(refuse_inside(opened.folder(), folder));
    const bool left_out = opened.manifest().annex == ledger::ExportManifest::Annex::left_out;
    if (left_out && options.missing_annex == RestoreOptions::MissingAnnex::refused) {
        return Error{errc::restore_left_out, {}, {{"folder", opened.folder().string()}}};
    }
    ACTLEDGER_TRY(Beginning beginning, read_beginning(opened));
    if (options.root && options.root->der() != beginning.root.der()) {
        return Error{errc::restore_root_differs,
                     {},
                     {{"folder", opened.folder().string()},
                      {"pinned", ledger::hex_encode(beginning.root.fingerprint().view())},
                      {"given", ledger::hex_encode(options.root->fingerprint().view())}}};
    }
    const ledger::TreeSize covered = opened.newest_head().size;
    const ledger::TreeSize stated = opened.checkpoint().checkpoint.head.size;
    if (options.copy == RestoreOptions::Copy::complete && covered < stated) {
        return Error{errc::restore_not_complete,
                     {},
                     {{"folder", opened.folder().string()},
                      {"size", std::to_string(covered.value)},
                      {"stated", std::to_string(stated.value)}}};
    }
    const auto here = newest_head_of_any(folder);
    if (options.copy == RestoreOptions::Copy::complete && here && is_newer(*here, beginning.origin, covered)) {
        return Error{errc::restore_newer_here,
                     {},
                     {{"folder", opened.folder().string()},
                      {"size", std::to_string(covered.value)},
                      {"here_origin", here->origin.text()},
                      {"here_size", std::to_string(here->head.size.value)}}};
    }
    auto restored = restore_into(folder, opened, options, std::move(beginning));
    if (!restored) return of_place(std::move(restored).error(), folder);
    if (!restored->moved_aside.empty()) restored->replaced = here;
    return restored;
}

bool Restored::replaced_other_server() const { return replaced && replaced->origin.server_id != origin.server_id; }
bool Restored::replaced_newer() const { return replaced && is_newer(*replaced, origin, proof.head.size); }

}  // namespace snapshot
