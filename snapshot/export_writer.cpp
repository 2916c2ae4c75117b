#include "snapshot/export_writer.hpp"

#include <set>

#include "ledger/core/certificate.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/export_state.hpp"
#include "snapshot/tile_builder.hpp"

namespace snapshot {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;
using ledger::tile_width;
using ledger::TileId;
using ledger::TileKind;
using ledger::TreeSize;

namespace {

/// The mark of what was erased is renewed at least every so many events: so many are looked through at the most again.
constexpr std::uint64_t erased_mark_every = 65'536;

}  // namespace

class ExportWriter::Impl {
 public:
    Impl(ExportFiles files, const ledger::LogReader& log, ExportOptions options, ExportState state)
        : files_(std::move(files)),
          log_(log),
          options_(std::move(options)),
          state_(std::move(state)),
          suite_(*ledger::find_suite(state_.manifest.suite)),
          builder_(suite_, [this](const TileId& id, ByteView bytes) { return put(id, bytes); }) {
        builder_.set_annex(keeps_annex() ? TileBuilder::Annex::kept : TileBuilder::Annex::left_out);
    }

    Result<ExportRun> run() {
        ExportRun run;
        run.before = state_.published;
        files_before_ = files_.files();
        bytes_before_ = files_.bytes();
        erased_ = 0;
        auto done = bring_up();
        if (!done) positioned_ = false;  // the builder may be ahead of what was published
        ACTLEDGER_CHECK(std::move(done));
        run.after = state_.published;
        run.files = files_.files() - files_before_;
        run.bytes = files_.bytes() - bytes_before_;
        run.erased = erased_;
        run.mended = std::exchange(state_.damaged, false);
        return run;
    }

    [[nodiscard]] TreeSize published() const { return state_.published; }
    [[nodiscard]] bool is_in_place() const { return files_.is_in_place(); }

 private:
    [[nodiscard]] bool keeps_annex() const { return state_.manifest.annex == ledger::ExportManifest::Annex::kept; }

    /// A file of a number whose first places are published already stands in for the partial one that has them, from
    /// the moment that it has its name. While files are mended, those that the checkpoint needs are written over.
    Result<void> put(const TileId& id, ByteView bytes) {
        const bool stands_in =
            state_.damaged || id.index * tile_width < ledger::tile_places(id.level, state_.published);
        using Contents = ExportFiles::Contents;
        return files_.put(id.path(), bytes, stands_in ? Contents::synced_first : Contents::synced_later);
    }

    Result<void> bring_up() {
        if (!state_.manifest_is_there) {
            ACTLEDGER_CHECK(files_.replace("manifest", ledger::as_bytes(state_.manifest.text())));
            state_.manifest_is_there = true;
        }
        ACTLEDGER_CHECK(find_old_erasures());
        ACTLEDGER_CHECK(mend_chain());
        // Tiles behind the published head may be of the history that was closed: they would stand in for the new ones.
        if (state_.older_incarnation) ACTLEDGER_CHECK(files_.remove_beyond(state_.published));
        state_.older_incarnation = false;
        bool again = true;
        while (again) {
            ACTLEDGER_TRY(const ledger::ReleasedHead newest, log_.last_head());
            total_ = newest.size.value - state_.published.value;
            began_ = state_.published.value;
            while (state_.published < newest.size) {
                ACTLEDGER_CHECK(position());
                const std::uint64_t next = std::min(state_.published.value + options_.publish_every, newest.size.value);
                ACTLEDGER_TRY(const ledger::ReleasedHead head, log_.head_covering({next}));
                ACTLEDGER_CHECK(feed(head.size, Progress::shown));
                ACTLEDGER_CHECK(publish(head));
            }
            ACTLEDGER_TRY(again, erased_behind());
        }
        ACTLEDGER_CHECK(apply_erasures());
        return files_.remove_partials(options_.partials_kept);
    }

    /// A value may have been erased after the head that is published, and so be missing already from what was written:
    /// then the event that erased it must come along.
    Result<bool> erased_behind() {
        if (!keeps_annex()) return false;
        ACTLEDGER_TRY(const TreeSize now, log_.size());
        bool erased = false;
        ACTLEDGER_CHECK(
            log_.visit_events(ledger::next_of(state_.published), now, [&](ledger::SequenceNumber, ByteView event) {
                const auto position = ledger::peek_event(event);
                erased = position && position->kind == erased_kind_;
                return !erased;
            }));
        return erased;
    }

    /// Puts the builder where the published state ends.
    Result<void> position() {
        if (positioned_ && builder_.size() == state_.published) return {};
        const std::uint64_t begin = state_.published.value / tile_width * tile_width;
        ACTLEDGER_CHECK(builder_.begin({begin}, log_));
        ACTLEDGER_CHECK(feed(state_.published, Progress::hidden));
        positioned_ = true;
        return {};
    }

    enum class Progress { shown, hidden };
    /// Gives the builder the events up to `to`, tile by tile.
    Result<void> feed(TreeSize to, Progress progress) {
        while (builder_.size() < to) {
            if (options_.stop && options_.stop()) {
                return Error{errc::export_interrupted, {}, {{"folder", files_.folder().string()}}};
            }
            const std::uint64_t from = builder_.size().value;
            const std::uint64_t end = std::min(to.value, from / tile_width * tile_width + tile_width);
            ACTLEDGER_CHECK(read_batch({from}, {end}));
            ACTLEDGER_CHECK(feed_batch({from}, {end}));
            if (progress == Progress::shown && options_.progress) options_.progress(end - began_, total_);
        }
        return {};
    }

    struct Placed {
        std::uint64_t number;  ///< Of the event.
        std::size_t end;       ///< Of its bytes in the buffer.
    };
    /// What is read of a batch before its events are.
    struct Column {
        std::vector<Placed> places;
        Bytes bytes;
        void clear() {
            places.clear();
            bytes.clear();
        }
        void add(std::uint64_t number, ByteView value) {
            bytes.insert(bytes.end(), value.begin(), value.end());
            places.push_back({number, bytes.size()});
        }
        [[nodiscard]] ByteView value(std::size_t i) const {
            const std::size_t begin = i == 0 ? 0 : places[i - 1].end;
            return ByteView(bytes).subspan(begin, places[i].end - begin);
        }
    };

    Result<void> read_batch(ledger::SequenceNumber from, TreeSize to) {
        nodes_.clear();
        annex_.clear();
        heads_.clear();
        ACTLEDGER_CHECK(log_.visit_nodes(from, to, [&](ledger::SequenceNumber number, ByteView hashes) {
            nodes_.add(number.value, hashes);
            return true;
        }));
        ACTLEDGER_CHECK(log_.visit_heads({from.value + 1}, [&](const ledger::ReleasedHead& head) {
            if (head.size > to) return false;
            heads_.add(head.size.value - 1, ledger::as_bytes(head.note));
            return true;
        }));
        if (!keeps_annex()) return {};
        return log_.visit_annex(from, to, [&](ledger::SequenceNumber number, ByteView entry) {
            annex_.add(number.value, entry);
            return true;
        });
    }

    Result<void> feed_batch(ledger::SequenceNumber from, TreeSize to) {
        std::size_t head = 0;
        std::size_t annex = 0;
        Result<void> fed;
        ACTLEDGER_CHECK(log_.visit_events(from, to, [&](ledger::SequenceNumber number, ByteView event) {
            fed = builder_.add_event(event, nodes_.value(number.value - from.value));
            if (!fed) return false;
            if (annex < annex_.places.size() && annex_.places[annex].number == number.value) {
                builder_.add_annex(annex_.value(annex++));
            }
            if (head < heads_.places.size() && heads_.places[head].number == number.value) {
                builder_.add_head(heads_.value(head++));
            }
            fed = note_kind(number, event);
            if (fed) fed = builder_.end_event();
            return fed.has_value();
        }));
        if (fed || fed.error().code != ledger::errc::log_damaged) return fed;
        return Error{ledger::errc::log_damaged, fed.error().detail, {{"folder", log_.name()}}};
    }

    /// Events that change what lies beside the tiles.
    Result<void> note_kind(ledger::SequenceNumber number, ByteView stored) {
        const auto position = ledger::peek_event(stored);
        if (!position || (position->kind != erased_kind_ && position->kind != certified_kind_)) return {};
        ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
        if (const auto* erased = std::get_if<ledger::AnnexErased>(&event.body)) {
            if (keeps_annex() && number.value >= state_.erased_through.value) {
                erased_tiles_.insert(erased->sequence_number.value / tile_width);
                ++erased_;
            }
        } else if (const auto* certified = std::get_if<ledger::ServerCertified>(&event.body)) {
            chain_.clear();
            for (const Bytes& der : certified->certificates) {
                ACTLEDGER_TRY(const auto certificate, ledger::Certificate::from_der(der));
                chain_ += certificate.pem();
            }
        }
        return {};
    }

    /// Everything up to the head is on the disk before the head is.
    Result<void> publish(const ledger::ReleasedHead& head) {
        ACTLEDGER_TRY(const auto signed_head, ledger::SignedCheckpoint::parse(head.note));
        ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(suite_, head.size, log_));
        if (!(edge.head() == signed_head.checkpoint.head)) {
            return Error{ledger::errc::log_damaged,
                         "the head of size " + std::to_string(head.size.value) + " has another root",
                         {{"folder", log_.name()}}};
        }
        ACTLEDGER_CHECK(builder_.give_partials());
        ACTLEDGER_CHECK(files_.sync());
        if (!chain_.empty()) ACTLEDGER_CHECK(files_.replace("chain.pem", ledger::as_bytes(chain_)));
        ACTLEDGER_CHECK(files_.replace("checkpoint", ledger::as_bytes(head.note)));
        chain_.clear();
        state_.published = head.size;
        return apply_erasures();
    }

    /// After an interrupted run: erasing events that were published, and whose values may still lie in the annex.
    Result<void> find_old_erasures() {
        if (!keeps_annex() || old_erasures_found_) return {};
        old_erasures_found_ = true;
        Result<void> noted;
        ACTLEDGER_CHECK(log_.visit_events(ledger::next_of(state_.erased_through), state_.published,
                                          [&](ledger::SequenceNumber number, ByteView event) {
                                              const auto position = ledger::peek_event(event);
                                              if (position && position->kind == erased_kind_) {
                                                  noted = note_kind(number, event);
                                              }
                                              return noted.has_value();
                                          }));
        return noted;
    }

    /// `chain.pem` is gone, and the event that gave it is behind what is published.
    Result<void> mend_chain() {
        if (std::exchange(state_.chain_is_there, true)) return {};
        Result<void> noted;
        ACTLEDGER_CHECK(log_.visit_events({0}, state_.published, [&](ledger::SequenceNumber number, ByteView event) {
            const auto position = ledger::peek_event(event);
            if (position && position->kind == certified_kind_) noted = note_kind(number, event);
            return noted.has_value();
        }));
        ACTLEDGER_CHECK(noted);
        if (chain_.empty()) return {};
        ACTLEDGER_CHECK(files_.replace("chain.pem", ledger::as_bytes(chain_)));
        chain_.clear();
        return {};
    }

    Result<void> apply_erasures() {
        const bool mark = state_.published.value - state_.erased_through.value >= erased_mark_every;
        if (!keeps_annex() || (erased_tiles_.empty() && !mark)) return {};
        for (const std::uint64_t index : erased_tiles_) {
            for (const std::uint16_t width : files_.partial_widths(TileKind::annex, 0, index)) {
                ACTLEDGER_CHECK(write_annex_again({TileKind::annex, 0, index, width}));
            }
            if ((index + 1) * tile_width <= state_.published.value) {
                ACTLEDGER_CHECK(write_annex_again({TileKind::annex, 0, index, tile_width}));
            }
        }
        ACTLEDGER_CHECK(
            files_.replace("erased-through", ledger::as_bytes(std::to_string(state_.published.value) + "\n")));
        state_.erased_through = state_.published;
        if (!erased_tiles_.empty()) positioned_ = false;  // the builder's current tile has what was erased
        erased_tiles_.clear();
        return {};
    }

    Result<void> write_annex_again(const TileId& id) {
        ledger::PlacedBundle bundle;
        const std::uint64_t first = id.index * tile_width;
        ACTLEDGER_CHECK(
            log_.visit_annex({first}, {first + id.width}, [&](ledger::SequenceNumber number, ByteView entry) {
                bundle.append(number.value - first, entry);
                return true;
            }));
        return files_.replace(id.path(), bundle.bytes());
    }

    const std::size_t erased_kind_ = ledger::EventBody(ledger::AnnexErased{}).index();
    const std::size_t certified_kind_ = ledger::EventBody(ledger::ServerCertified{}).index();
    ExportFiles files_;
    const ledger::LogReader& log_;
    const ExportOptions options_;
    ExportState state_;
    const ledger::Suite& suite_;
    TileBuilder builder_;
    bool positioned_ = false;
    bool old_erasures_found_ = false;
    Column nodes_;
    Column annex_;
    Column heads_;
    std::string chain_;                     ///< PEM of a chain that is not written yet.
    std::set<std::uint64_t> erased_tiles_;  ///< Of annex values to take away.
    std::uint64_t began_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t erased_ = 0;
    std::uint64_t files_before_ = 0;
    std::uint64_t bytes_before_ = 0;
};

namespace {

Result<void> refuse_inside(const std::string& ledger, const std::filesystem::path& folder) {
    std::error_code failed;
    const auto outer = std::filesystem::weakly_canonical(ledger, failed);
    const auto inner = std::filesystem::weakly_canonical(folder, failed);
    const auto apart = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first;
    if (failed || apart != outer.end()) return {};
    return Error{errc::export_inside_ledger, {}, {{"folder", folder.string()}, {"ledger", ledger}}};
}

}  // namespace

Result<std::unique_ptr<ExportWriter>> ExportWriter::open(const std::filesystem::path& folder,
                                                         const ledger::LogReader& log, ExportOptions options) {
    ACTLEDGER_CHECK(refuse_inside(log.name(), folder));
    const bool may_be_made = options.folder == ExportOptions::Folder::may_be_made;
    if (!may_be_made && !ledger::ExportFolder::is_one(folder)) {
        return Error{errc::mirror_gone, {}, {{"folder", folder.string()}}};
    }
    ACTLEDGER_TRY(ExportFiles files, ExportFiles::open(folder));
    // Looked at before the lock's file is made, and again when nobody else writes any more.
    ACTLEDGER_TRY(ExportState state, look_at_export(files, log, options.annex));
    ACTLEDGER_CHECK(files.begin());
    ACTLEDGER_TRY(state, look_at_export(files, log, options.annex));
    return std::unique_ptr<ExportWriter>(
        new ExportWriter(std::make_unique<Impl>(std::move(files), log, std::move(options), std::move(state))));
}

ExportWriter::ExportWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ExportWriter::~ExportWriter() = default;
Result<ExportRun> ExportWriter::run() { return impl_->run(); }
TreeSize ExportWriter::published() const { return impl_->published(); }
bool ExportWriter::is_in_place() const { return impl_->is_in_place(); }

}  // namespace snapshot
