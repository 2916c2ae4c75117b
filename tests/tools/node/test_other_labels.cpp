// What stands on a token under labels that the configuration does not name. Invariants L3 and L8.

#include "hsm/folder_anchor_store.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/set_back_ledger.hpp"
#include "tests/support/software_signer.hpp"
#include "tools/node/other_labels.hpp"

namespace {

/// A ledger, and anchors of its keys and of others.
struct Labels : support::SetBackLedger {
    [[nodiscard]] ledger::Anchor anchor(std::uint32_t incarnation, const ledger::TreeHead& head,
                                        std::vector<const ledger::PublicKey*> keys) const {
        ledger::Anchor made;
        made.origin = {maker.origin().server_id, incarnation};
        made.head = head;
        for (const ledger::PublicKey* key : keys) {
            const auto number = static_cast<std::uint32_t>(made.keys.size() + 1);
            made.keys.push_back({number, number, key->compressed(), {}});
        }
        return made;
    }
    void put(const std::string& label, const ledger::Anchor& anchor, ledger::Signer& key) {
        others.push_back({label, ledger::sign_anchor(suite, anchor, key).value()});
    }
    /// @return the label; empty: the server did not go on elsewhere
    [[nodiscard]] std::string gone_on(const ledger::Anchor* own, bool with_log = true) {
        maker.close();
        const auto log = ledger::open_log_reader(maker.folder()).value();
        const auto found =
            node::find_gone_on({suite, maker.server_key().public_key(), own, with_log ? log.get() : nullptr}, others)
                .value();
        return found ? found->object : std::string();
    }
    [[nodiscard]] const ledger::PublicKey& first() { return maker.server_key().public_key(); }
    [[nodiscard]] std::string well(bool there = true, const std::filesystem::path& anchor_folder = {}) {
        const hsm::HasKey has_key = [&](const std::string& label, std::uint32_t epoch,
                                        const ledger::PublicKey& key) -> ledger::Result<bool> {
            CHECK(label == "a");
            CHECK(epoch == 1);
            CHECK(key == first());
            return there;
        };
        const auto found = node::find_well_key(suite, first(), others, anchor_folder, has_key).value();
        return found ? found->object : std::string();
    }

    const ledger::Suite& suite = ledger::default_suite();
    std::vector<hsm::LabelledNote> others;
    const ledger::TreeHead beyond{{900}, suite.hash({})};
};

}  // namespace

TEST_CASE_METHOD(Labels, "other labels: an anchor of a later key of this server says that the log was set back",
                 "[L8]") {
    const ledger::Anchor own = anchor(1, {{4}, suite.hash({})}, {&first()});
    CHECK(gone_on(&own).empty());
    others.push_back({"noise", ledger::copy(ledger::as_bytes("1"))});
    CHECK(gone_on(&own).empty());
    put("second", anchor(2, beyond, {&first(), &next_key.public_key()}), next_key);
    CHECK(gone_on(&own) == "second");
    CHECK(gone_on(nullptr) == "second");  // it names the key
    CHECK(gone_on(&own, false) == "second");
    support::SoftwareSigner third;
    put("third", anchor(1003, beyond, {&next_key.public_key(), &third.public_key()}), third);
    CHECK(gone_on(&own) == "third");  // the newest

    const auto refused = node::check_not_gone_on({suite, first(), &own, nullptr}, others);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().stable_code() == "hand-over-missing");
    CHECK(refused.error().sentence(ledger::Language::english).find("/1003 with at least 900") != std::string::npos);
}

TEST_CASE_METHOD(Labels, "other labels: without an anchor of its own a server's first key knows its name", "[L8]") {
    // Log and key were lost together, and that key was not the first one: the anchor names the two last alone.
    ledger::Anchor later = anchor(1003, beyond, {&next_key.public_key()});
    later.origin.server_id = ledger::derive_server_id(suite, first());
    put("second", later, next_key);
    CHECK(gone_on(nullptr) == "second");
}

TEST_CASE_METHOD(Labels, "other labels: an attempt, and what came before, say nothing", "[L8]") {
    const auto has = ledger::SignedCheckpoint::parse(before)->checkpoint.head;
    const ledger::Anchor own = anchor(1, {{900}, suite.hash({})}, {&first()});
    put("no head", anchor(1001, {{0}, suite.empty_root()}, {&first(), &next_key.public_key()}), next_key);
    put("own head", anchor(2, own.head, {&first(), &next_key.public_key()}), next_key);
    put("log's head", anchor(3, has, {&first(), &next_key.public_key()}), next_key);
    CHECK(gone_on(&own).empty());
    put("earlier", anchor(4, beyond, {&next_key.public_key(), &first()}), maker.server_key());
    CHECK(gone_on(&own).empty());  // the key that is known here signed it
    const ledger::Anchor newer = anchor(5, {{901}, suite.hash({})}, {&first()});
    put("equal", anchor(5, beyond, {&first(), &next_key.public_key()}), next_key);
    others.erase(others.begin() + 1);
    CHECK(gone_on(&newer).empty());  // the server has gone on here since
}

TEST_CASE_METHOD(Labels, "other labels: another ledger's anchors are nobody's business", "[L8]") {
    support::SoftwareSigner stranger;
    ledger::Anchor foreign = anchor(7, beyond, {&stranger.public_key()});
    foreign.origin.server_id = ledger::derive_server_id(suite, stranger.public_key());
    put("foreign", foreign, stranger);
    const ledger::Anchor own = anchor(1, {{4}, suite.hash({})}, {&first()});
    CHECK(gone_on(&own).empty());
    CHECK(gone_on(nullptr, false).empty());
    CHECK(well().empty());
}

TEST_CASE_METHOD(Labels, "other labels: a key with its anchor is well unless another one took over", "[L8]") {
    CHECK(well().empty());
    put("a", anchor(1, {{0}, suite.empty_root()}, {&first()}), maker.server_key());
    CHECK(well().empty());  // of its making
    put("a", anchor(1, {{4}, suite.hash({})}, {&first()}), maker.server_key());
    CHECK(well() == "a");
    CHECK(well(false).empty());
    put("a", anchor(2, beyond, {&first(), &next_key.public_key()}), next_key);
    CHECK(well() == "a");  // a rotation was begun
    put("b", anchor(1001, {{0}, suite.empty_root()}, {&first(), &next_key.public_key()}), next_key);
    CHECK(well() == "a");  // so was a recovery
    const auto elsewhere = hsm::FolderAnchorStore::open(folder.path() / "anchor").value();
    CHECK(well(true, folder.path() / "anchor") == "a");
    REQUIRE(elsewhere->replace(others.at(2).note));
    CHECK(well(true, folder.path() / "anchor").empty());
    put("b", anchor(2, beyond, {&first(), &next_key.public_key()}), next_key);
    CHECK(well().empty());
}

TEST_CASE_METHOD(Labels, "other labels: an earlier key that signed after an attempt leaves it open which is newer",
                 "[L4]") {
    const ledger::Anchor attempt = anchor(2, {{4}, suite.hash({})}, {&first(), &next_key.public_key()});
    const auto judged = [&] { return node::check_not_outlived(suite, attempt, others); };
    put("a", anchor(1, attempt.head, {&first()}), maker.server_key());
    CHECK(judged());
    ledger::Anchor later = anchor(1, {{5}, suite.hash({})}, {&first()});
    put("forged", later, next_key);
    support::SoftwareSigner stranger;
    put("b", anchor(1, beyond, {&stranger.public_key()}), stranger);
    CHECK(judged());
    put("c", later, maker.server_key());
    REQUIRE_FALSE(judged());
    CHECK(judged().error().stable_code() == "recover-two-keys");
    CHECK(judged().error().sentence(ledger::Language::english).find("object c") != std::string::npos);
}
