#include "tools/verify/chunk.hpp"

#include <algorithm>
#include <bit>

#include "ledger/core/errc.hpp"
#include "tools/verify/errc.hpp"

namespace verify {
namespace {

using ledger::ByteView;
using ledger::Digest;
using ledger::LogDatabase;

constexpr std::size_t hash_bytes = Digest::size_bytes;
constexpr std::uint64_t read_ahead = 3;  ///< Events.

/// The hashes in a stored list; none if the list is not one.
std::vector<Digest> split_hashes(ByteView list) {
    std::vector<Digest> hashes;
    if (list.size() % hash_bytes != 0) return hashes;
    for (std::size_t at = 0; at < list.size(); at += hash_bytes) {
        hashes.push_back(Digest::from(list.subspan(at, hash_bytes)));
    }
    return hashes;
}

bool is_at(ByteView list, std::size_t index, const Digest& digest) {
    return ledger::equal(list.subspan(index * hash_bytes, hash_bytes), digest.view());
}

EventRange one(std::uint64_t number) { return {{number}, {number}}; }

/// What the hash of a value in the annex has to be.
struct DueCommitment {
    AnnexPlace place;
    Digest digest;
};

}  // namespace

std::string_view field_name(ledger::AnnexField field) {
    constexpr std::array<std::string_view, ledger::annex_field_count> names{"deviceName", "deviceAddress",
                                                                            "operatorName"};
    return names.at(static_cast<std::size_t>(field));
}

Finding stray_entry(LogDatabase database, ByteView key) {
    return {FindingKind::history,
            ledger::Error{errc::entry_stray,
                          {},
                          {{"database", std::string(ledger::name_of(database))}, {"key", ledger::hex_encode(key)}}},
            std::nullopt};
}

std::vector<Digest> Chunk::stored_of(std::size_t i) const {
    if (!sound) return stored[i];
    std::vector<Digest> hashes;
    const auto in_chunk = std::min<std::size_t>(static_cast<std::size_t>(std::countr_one(i)), Subtree::levels);
    for (unsigned level = 0; level <= in_chunk; ++level) hashes.push_back(tree.node(level, i >> level));
    if (in_chunk == Subtree::levels) hashes.insert(hashes.end(), std::next(upper.begin()), upper.end());
    return hashes;
}

MaybeDigest Chunk::leaf_of(std::size_t i) const { return sound ? MaybeDigest(tree.node(0, i)) : leaves[i]; }

/// One call of check().
class ChunkChecker::Run {
 public:
    Run(const ChunkChecker& checker, const ledger::LogView& view, std::uint64_t first, std::uint64_t count,
        Chunk& chunk)
        : trust_(checker.trust_),
          signatures_(checker.signatures_),
          view_(view),
          first_(first),
          count_(count),
          chunk_(chunk),
          batch_(chunk.batch) {}

    ledger::Result<void> operator()() {
        chunk_.first = first_;
        chunk_.events.resize(count_);
        chunk_.heads.clear();
        chunk_.annex_missing.clear();
        chunk_.upper.clear();
        ACTLEDGER_CHECK(collect(LogDatabase::events, events_));
        ACTLEDGER_CHECK(collect(LogDatabase::nodes, nodes_));
        ACTLEDGER_CHECK(collect(LogDatabase::annex, annex_));
        hash_leaves();
        batch_.clear();
        for (std::uint64_t i = 0; i < count_; ++i) check_event(i);
        check_commitments();
        check_hashes();
        return check_heads();
    }

 private:
    void add(FindingKind kind, ledger::Error error, std::uint64_t number) {
        chunk_.findings.add({kind, std::move(error), one(number)});
    }

    /// Views of the values of the chunk's keys; what lies between them is stray.
    ledger::Result<void> collect(LogDatabase database, std::vector<ByteView>& values) {
        values.assign(count_, {});
        const auto from = ledger::log_key(first_);
        const auto to = ledger::log_key(first_ + count_);
        return view_.visit(database, first_ == 0 ? ByteView{} : ByteView{from}, to, [&](ByteView key, ByteView value) {
            if (const auto number = ledger::log_key_number(key)) {
                values[*number - first_] = value;
            } else {
                chunk_.findings.add(stray_entry(database, key));
            }
            return true;
        });
    }

    /// The log is read once and from one end to the other, but no processor guesses where the next page of a B-tree is.
    void bring_near(std::uint64_t i) const {
        if (i >= count_) return;
        constexpr std::size_t line_bytes = 64;
        for (std::size_t at = 0; at < events_[i].size(); at += line_bytes) __builtin_prefetch(&events_[i][at]);
        if (!annex_[i].empty()) __builtin_prefetch(annex_[i].data());
        if (!nodes_[i].empty()) __builtin_prefetch(nodes_[i].data());
    }

    void hash_leaves() {
        leaves_.resize(count_);
        batch_.clear();
        for (std::uint64_t i = 0; i < count_; ++i) {
            bring_near(i + read_ahead);
            batch_.add_leaf(events_[i]);
        }
        std::ranges::copy(batch_.digests(*trust_.suite), leaves_.begin());
    }

    void check_event(std::uint64_t i) {
        const std::uint64_t number = first_ + i;
        ChunkEvent& slot = chunk_.events[i];
        slot.readable = false;
        if (events_[i].empty()) {
            add(FindingKind::history, ledger::Error{errc::event_missing}, number);
            if (!annex_[i].empty()) add(FindingKind::annex, ledger::Error{errc::annex_orphaned}, number);
            all_there_ = false;
            return;
        }
        auto decoded = ledger::decode_event(events_[i], slot.event);
        if (!decoded) {
            add(FindingKind::history, std::move(decoded).error(), number);
            return;
        }
        if (slot.event.sequence_number.value != number) {
            add(FindingKind::history,
                ledger::Error{errc::event_misplaced, {}, {{"found", std::to_string(slot.event.sequence_number.value)}}},
                number);
            return;
        }
        slot.readable = true;
        if (!annex_[i].empty() || !slot.event.commitments.empty()) check_annex(slot.event, annex_[i]);
    }

    void check_annex(const ledger::Event& event, ByteView stored) {
        const std::uint64_t number = event.sequence_number.value;
        std::vector<ledger::AnnexValue>& values = annex_values_;
        if (stored.empty()) {
            values.clear();
        } else {
            auto decoded = ledger::decode_annex(stored, values);
            if (!decoded) return add(FindingKind::annex, std::move(decoded).error(), number);
        }
        for (const ledger::AnnexValue& value : values) {
            const auto commitment = std::ranges::find(event.commitments, value.field, &ledger::Commitment::field);
            if (commitment == event.commitments.end()) {
                add(FindingKind::annex, ledger::Error{errc::annex_orphaned}, number);
            } else {
                add_commitment(batch_, value);
                due_.push_back({{number, value.field}, commitment->digest});
            }
        }
        for (const ledger::Commitment& commitment : event.commitments) {
            if (std::ranges::find(values, commitment.field, &ledger::AnnexValue::field) == values.end()) {
                chunk_.annex_missing.push_back({number, commitment.field});
            }
        }
    }

    void check_commitments() {
        const auto digests = batch_.digests(*trust_.suite);
        for (std::size_t i = 0; i < due_.size(); ++i) {
            if (digests[i] == due_[i].digest) continue;
            add(FindingKind::annex,
                ledger::Error{ledger::errc::commitment_mismatch, std::string(field_name(due_[i].place.field))},
                due_[i].place.number);
        }
    }

    void check_hashes() {
        chunk_.sound = all_there_;
        if (all_there_) {
            chunk_.tree.build(*trust_.suite, batch_, leaves_);
            for (std::uint64_t i = 0; i < count_ && chunk_.sound; ++i) chunk_.sound = stored_agree(i);
        }
        if (chunk_.sound) return;
        chunk_.stored.resize(count_);
        chunk_.leaves.resize(count_);
        for (std::uint64_t i = 0; i < count_; ++i) {
            chunk_.stored[i] = split_hashes(nodes_[i]);
            chunk_.leaves[i] = events_[i].empty() ? MaybeDigest{} : MaybeDigest{leaves_[i]};
        }
    }

    bool stored_agree(std::uint64_t i) {
        const ByteView list = nodes_[i];
        const auto completed = static_cast<std::size_t>(std::countr_one(first_ + i)) + 1;
        if (list.size() != completed * hash_bytes) return false;
        const auto in_chunk = std::min<std::size_t>(completed, Subtree::levels + 1);
        for (unsigned level = 0; level < in_chunk; ++level) {
            if (!is_at(list, level, chunk_.tree.node(level, i >> level))) return false;
        }
        if (i + 1 == Subtree::leaves_max) chunk_.upper = split_hashes(list.subspan(Subtree::levels * hash_bytes));
        return true;
    }

    ledger::Result<void> check_heads() {
        const auto from = ledger::log_key(first_ + 1);
        const auto to = ledger::log_key(first_ + count_ + 1);
        return view_.visit(LogDatabase::heads, first_ == 0 ? ByteView{} : ByteView{from}, to,
                           [&](ByteView key, ByteView value) {
                               const auto size = ledger::log_key_number(key);
                               if (size && *size > 0) {
                                   check_head(*size, value);
                               } else {
                                   chunk_.findings.add(stray_entry(LogDatabase::heads, key));
                               }
                               return true;
                           });
    }

    void check_head(std::uint64_t size, ByteView value) {
        auto head = read_head(trust_, size, ledger::as_text(value));
        if (!head) return chunk_.findings.add(head_finding(std::move(head).error(), size));
        if (signatures_ == HeadSignatures::every && !trust_.keys.empty()) {
            const auto good = verify_head(trust_, *head);
            if (!good) return chunk_.findings.add(head_finding(good.error(), size));
        }
        chunk_.heads.push_back({size, *std::move(head), signatures_ == HeadSignatures::every});
    }

    const Trust& trust_;
    HeadSignatures signatures_;
    const ledger::LogView& view_;
    std::uint64_t first_;
    std::uint64_t count_;
    Chunk& chunk_;
    std::vector<ByteView> events_;
    std::vector<ByteView> nodes_;
    std::vector<ByteView> annex_;
    std::vector<Digest> leaves_;
    std::vector<ledger::AnnexValue> annex_values_;  ///< Of one event after the other.
    ledger::HashBatch& batch_;
    std::vector<DueCommitment> due_;  ///< In the batch's order, once the events are decoded.
    bool all_there_ = true;
};

ledger::Result<void> ChunkChecker::check(std::uint64_t first, std::uint64_t count, Chunk& chunk) const {
    ACTLEDGER_ASSERT(first % Subtree::leaves_max == 0 && count > 0 && count <= Subtree::leaves_max);
    ACTLEDGER_TRY(const auto view, scan_.open_view());
    return Run(*this, *view, first, count, chunk)();
}

}  // namespace verify
