#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/license_file/revocation.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};
    PrivateKey signer_key = PrivateKey::generate();
    Certificate signer = vendor.certificate(Purpose::recovery_signer, signer_key);
    PrivateKey new_key = PrivateKey::generate();
    Certificate new_certificate =
        issue_server_certificate(vendor.root, vendor.root_key, new_key.public_key(), customer.server_id);

    [[nodiscard]] Reendorsement reendorsement() const {
        Reendorsement r;
        r.reendorsement_id = "REE-1";
        r.issued_at = support::license_made_at;
        r.server_id = customer.server_id;
        r.old_key = default_suite().hash(customer.key.public_key().spki());
        r.server_certificate = new_certificate.der();
        r.head = Checkpoint{{customer.server_id, 3}, {{1'000}, default_suite().hash(as_bytes("root"))}};
        return r;
    }
    [[nodiscard]] Reendorsement for_lost_log() const {
        Reendorsement r = reendorsement();
        const Digest terms = default_suite().hash(as_bytes("terms"));
        r.lost_log = LostLogTerms{1'003, {{"LIC-1", terms, 500, 40}, {"LIC-2", terms, 7, 7}, {"LIC-3", terms, 1, 0}}};
        return r;
    }
    [[nodiscard]] Bytes made_giving_up(const PublicKey& key) {
        Reendorsement r = for_lost_log();
        r.lost_log->given_up = {default_suite().hash(key.spki())};
        return made(r);
    }
    [[nodiscard]] Checkpoint vouched() const { return *reendorsement().head; }
    [[nodiscard]] Bytes made(const Reendorsement& r) { return make_reendorsement(r, {signer}, signer_key).value(); }
    [[nodiscard]] VerifiedReendorsement verified(const Reendorsement& r) {
        return verify_reendorsement(made(r), vendor.root).value();
    }
    [[nodiscard]] ReendorsementFacts facts() const {
        return {customer.server_id, {customer.key.public_key().spki()}, {}, TreeSize{1'000}};
    }
    template <class T>
    [[nodiscard]] static std::string code(const Result<T>& result) {
        if (result) return "(accepted)";
        for (const Language language : {Language::english, Language::chinese}) {
            CHECK(result.error().sentence(language).find('{') == std::string::npos);
        }
        return std::string(result.error().stable_code());
    }
    [[nodiscard]] std::string refusal(ByteView ree) const { return code(verify_reendorsement(ree, vendor.root)); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "re-endorsement: what the vendor wrote is what the server reads", "[reendorsement]") {
    const Reendorsement r = reendorsement();
    const Bytes ree = made(r);
    const auto read = verify_reendorsement(ree, vendor.root);
    REQUIRE(read);
    CHECK(read->reendorsement == r);
    CHECK(read->reendorsement_bin == ree);
    CHECK(read->new_key == new_key.public_key());
    CHECK(ree.size() < 2'500);
    CHECK(check_reendorsement_for_ledger(*read, facts()));
    CHECK(check_vouched_head(r, r.head->head.root));
    CHECK(code(check_vouched_head(r, Digest{})) == "reendorsement-head-differs");
}

TEST_CASE_METHOD(Fixture, "re-endorsement: stock openssl accepts it", "[reendorsement][openssl]") {
    support::TemporaryFolder folder;
    folder.write("a.ree", made(reendorsement()));
    folder.write("root.crt", vendor.root.pem());
    const auto result =
        support::run("cd " + support::quoted(folder.path().string()) +
                     " && openssl cms -verify -inform DER -in a.ree -CAfile root.crt -purpose any 2>&1");
    INFO(result.output);
    CHECK(result.exit_code == 0);
    CHECK(result.output.find("\"actledger-reendorsement/1\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "re-endorsement: each flaw has its own code", "[reendorsement]") {
    Reendorsement r = reendorsement();
    SECTION("signed by somebody of another purpose") {
        for (const Purpose purpose : {Purpose::license_issuer, Purpose::package_signer}) {
            const auto other = vendor.certificate(purpose, signer_key);
            CHECK(refusal(make_reendorsement(r, {other}, signer_key).value()) == "reendorsement-issuer-wrong-purpose");
        }
        CHECK(refusal(make_reendorsement(r, {customer.certificate}, customer.key).value()) ==
              "reendorsement-issuer-wrong-purpose");
    }
    SECTION("under another root") {
        support::Vendor other;
        PrivateKey key = PrivateKey::generate();
        const auto signer_there = other.certificate(Purpose::recovery_signer, key);
        CHECK(refusal(make_reendorsement(r, {signer_there}, key).value()) == "reendorsement-issuer-unknown");
    }
    SECTION("before its signer's certificate") {
        r.issued_at = {support::root_made_at.us - day.us};
        CHECK(refusal(made(r)) == "reendorsement-issuer-not-valid-then");
    }
    SECTION("a certificate that is another server's, another vendor's, of another purpose or none") {
        const auto check = [&](const Bytes& certificate) {
            r.server_certificate = certificate;
            CHECK(refusal(made(r)) == "reendorsement-certificate-wrong");
        };
        support::Vendor other;
        check(issue_server_certificate(vendor.root, vendor.root_key, new_key.public_key(), std::string(32, 'a')).der());
        check(issue_server_certificate(other.root, other.root_key, new_key.public_key(), customer.server_id).der());
        check(vendor.certificate(Purpose::license_issuer, new_key).der());
        check({1, 2, 3});
    }
    SECTION("edited: at every byte") {
        const Bytes good = made(r);
        for (std::size_t at = 0; at < good.size(); at += 7) {
            Bytes bad = good;
            bad[at] = static_cast<std::uint8_t>(bad[at] ^ 1);
            CAPTURE(at);
            CHECK(refusal(bad) != "(accepted)");
        }
        CHECK(refusal(Bytes(good.begin(), good.end() - 1)) == "reendorsement-malformed");
        CHECK(refusal({}) == "reendorsement-malformed");
    }
    SECTION("a licence's or a revocation's message") {
        Revocation revocation{"REV-1", support::license_made_at, {}, {"LIC-1"}, {}, ""};
        CHECK(refusal(make_revocation(revocation, {signer}, signer_key).value()) == "reendorsement-malformed");
    }
}

TEST_CASE_METHOD(Fixture, "re-endorsement: fields out of their limits are named", "[reendorsement]") {
    const auto field = [](const std::string& text) {
        const auto parsed = parse_reendorsement_json(text);
        return parsed ? "(accepted)" : parsed.error().facts.at(0).value;
    };
    const std::string good = reendorsement_json(reendorsement());
    REQUIRE(parse_reendorsement_json(good));
    const auto with = [&](const std::string& old, const std::string& now) {
        std::string text = good;
        const auto at = text.find(old);
        REQUIRE(at != std::string::npos);
        return text.replace(at, old.size(), now);
    };
    CHECK(field(with("actledger-reendorsement/1", "actledger-reendorsement/2")) == "format");
    CHECK(field(with("REE-1", "REE 1")) == "reendorsement_id");
    CHECK(field(with(customer.server_id, std::string(32, 'A'))) == "server.id");
    CHECK(field(with("\"old_key\": \"", "\"old_key\": \"00")) == "server.old_key");
    CHECK(field(with(customer.server_id + "/3", std::string(32, 'a') + "/3")) == "head.origin");
    CHECK(field(with(customer.server_id + "/3", customer.server_id + "/03")) == "head.origin");
    CHECK(field(with("\"size\": 1000", "\"size\": 0")) == "head.size");
    CHECK(field(with("\"size\": 1000", "\"size\": 1e3")) != "(accepted)");
    CHECK(field(with("\"root_hash\": \"", "\"root_hash\": \"AAAA")) == "head.root_hash");
    CHECK(field(good + "\n") == "spelling");
    CHECK(field(with("  \"head\"", "  \"more\": 1,\n  \"head\"")) != "(accepted)");
    CHECK(field(std::string(reendorsement_bytes_max + 1, ' ')) == "size");
}

TEST_CASE_METHOD(Fixture, "re-endorsement: a good one that is not for this ledger is refused by its own code",
                 "[reendorsement]") {
    const auto file = verified(reendorsement());
    auto there = facts();
    SECTION("another server") {
        there.server_id = std::string(32, 'a');
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-other-server");
    }
    SECTION("the ledger was handed over since") {
        there.server_keys.push_back(PrivateKey::generate().public_key().spki());
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-other-key");
    }
    SECTION("a key that was given up before") {
        there.server_keys.insert(there.server_keys.begin(), new_key.public_key().spki());
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-key-known");
    }
    SECTION("a key that the vendor's file for a lost log gave up") {
        there.given_up = {default_suite().hash(new_key.public_key().spki())};
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-key-known");
    }
    SECTION("the log was set back since the request") {
        there.log_size = TreeSize{999};
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-head-missing");
    }
    SECTION("revoked: signer or server certificate") {
        there.revoked_certificates = {{signer.fingerprint(), "REV-1"}};
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-certificate-revoked");
        there.revoked_certificates = {{new_certificate.fingerprint(), "REV-1"}};
        CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-certificate-revoked");
    }
}

TEST_CASE_METHOD(Fixture, "re-endorsement for a lost log: what the vendor wrote is what the server reads",
                 "[reendorsement]") {
    Reendorsement r = for_lost_log();
    const auto check = [&] {
        const Bytes ree = made(r);
        const auto read = verify_reendorsement(ree, vendor.root);
        REQUIRE(read);
        CHECK(read->reendorsement == r);
        CHECK(read_reendorsement(ree).value() == r);
    };
    check();
    r.head.reset();  // nobody has an activation file
    check();
    CHECK(reendorsement_json(r).find("given_up") == std::string::npos);
    r.lost_log->given_up = {default_suite().hash(as_bytes("a")), default_suite().hash(as_bytes("b"))};
    std::ranges::sort(r.lost_log->given_up);
    check();
    const VouchedLicenses vouched_for = vouched_licenses(r);
    CHECK(vouched_for.by == "REE-1");
    CHECK(vouched_for.at == r.issued_at);
    CHECK(vouched_for.live.size() == 3);
    CHECK(unclaimed_by_vendor(*r.lost_log) == std::vector<UnclaimedSeats>{{"LIC-1", 460}, {"LIC-3", 1}});

    // The most there can be fits the file's limit.
    r = for_lost_log();
    r.lost_log->licenses.clear();
    for (std::size_t i = 0; i < vouched_licenses_max; ++i) {
        r.lost_log->licenses.push_back(
            {std::string(61, 'A') + std::to_string(i + 100), {}, license_quantity_max, license_quantity_max});
    }
    r.reendorsement_id = std::string(64, 'R');
    for (std::size_t i = 0; i < given_up_keys_max; ++i) {
        r.lost_log->given_up.push_back(default_suite().hash(as_bytes(std::to_string(i))));
    }
    std::ranges::sort(r.lost_log->given_up);
    check();
    r.lost_log->given_up.push_back(Digest::from(Bytes(Digest::size_bytes, 0xff)));
    CHECK_FALSE(make_reendorsement(r, {signer}, signer_key));
    r.lost_log->given_up.clear();
    r.lost_log->licenses.push_back({"Z", {}, 1, 0});
    CHECK_FALSE(make_reendorsement(r, {signer}, signer_key));
}

TEST_CASE_METHOD(Fixture, "re-endorsement for a lost log: fields out of their limits are named", "[reendorsement]") {
    const auto field = [](const std::string& text) {
        const auto parsed = parse_reendorsement_json(text);
        return parsed ? "(accepted)" : parsed.error().facts.at(0).value;
    };
    const std::string good = reendorsement_json(for_lost_log());
    REQUIRE(parse_reendorsement_json(good));
    const auto with = [&](const std::string& old, const std::string& now) {
        std::string text = good;
        const auto at = text.find(old);
        REQUIRE(at != std::string::npos);
        return text.replace(at, old.size(), now);
    };
    CHECK(field(with("\"incarnation\": 1003", "\"incarnation\": 1")) == "lost_log.incarnation");
    CHECK(field(with("\"incarnation\": 1003", "\"incarnation\": 4294967296")) == "lost_log.incarnation");
    CHECK(field(with("LIC-1", "LIC 1")) == "lost_log.licenses[0].license_id");
    CHECK(field(with("LIC-2", "LIC-1")) == "lost_log.licenses");
    CHECK(field(with("LIC-2", "LIC-9")) == "lost_log.licenses");
    CHECK(field(with("\"terms_digest\": \"", "\"terms_digest\": \"00")) == "lost_log.licenses[0].terms_digest");
    CHECK(field(with("\"quantity\": 500", "\"quantity\": 0")) == "lost_log.licenses[0].quantity");
    CHECK(field(with("\"open\": 40", "\"open\": 501")) == "lost_log.licenses[0].open");
    CHECK(field(with("\"open\": 40", "\"open\": -1")) != "(accepted)");
    CHECK(field(with("\"open\": 40", "\"open\": 40,\n        \"more\": 1")) == "lost_log.licenses[0].more");
    CHECK(field(with("\"lost_log\"", "\"lost\"")) != "(accepted)");
    CHECK(field(with("    \"licenses\": [\n", "    \"licenses\": [ \n")) == "spelling");
    const auto giving_up = [&](std::vector<Digest> keys) {
        Reendorsement r = for_lost_log();
        r.lost_log->given_up = std::move(keys);
        return reendorsement_json(r);
    };
    const Digest a = Digest::from(Bytes(Digest::size_bytes, 0xaa));
    const Digest b = Digest::from(Bytes(Digest::size_bytes, 0xbb));
    REQUIRE(parse_reendorsement_json(giving_up({a, b})));
    CHECK(field(giving_up({b, a})) == "lost_log.given_up");
    CHECK(field(giving_up({a, a})) == "lost_log.given_up");
    CHECK(field(giving_up({reendorsement().old_key})) == "lost_log.given_up");
    const auto with_keys = [&](const std::string& keys) {
        return with("\n    ]\n", "\n    ],\n    \"given_up\": " + keys + "\n");
    };
    CHECK(field(with_keys("[\"" + hex_encode(a.view()) + "\"]")) == "(accepted)");
    CHECK(field(with_keys("[]")) == "lost_log.given_up");
    CHECK(field(with_keys("[\"" + hex_encode(a.view()) + "00\"]")) == "lost_log.given_up");
    CHECK(field(with_keys("[\"" + std::string(64, 'A') + "\"]")) != "(accepted)");
    CHECK(field(with_keys("7")) == "lost_log.given_up");
    const auto own = made_giving_up(new_key.public_key());
    CHECK(refusal(own) == "reendorsement-malformed");
    Reendorsement none = for_lost_log();
    none.lost_log->licenses.clear();
    CHECK(field(reendorsement_json(none)) == "lost_log.licenses");
    none = reendorsement();
    none.head.reset();
    CHECK(field(reendorsement_json(none)) == "head");
}

TEST_CASE_METHOD(Fixture, "re-endorsement for a lost log: it fits a lost log alone, and what is known of it",
                 "[reendorsement]") {
    const auto file = verified(for_lost_log());
    auto there = facts();
    CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-for-lost-log");
    there.log_size.reset();
    CHECK(check_reendorsement_for_ledger(file, there));
    CHECK(code(check_reendorsement_for_ledger(verified(reendorsement()), there)) == "reendorsement-not-for-lost-log");
    there.server_keys = {PrivateKey::generate().public_key().spki()};
    CHECK(code(check_reendorsement_for_ledger(file, there)) == "reendorsement-other-key");

    const Reendorsement& r = file.reendorsement;
    Checkpoint known = vouched();
    CHECK(check_known_head(r, known));
    CHECK(code(check_known_head(r, std::nullopt)) == "reendorsement-head-beyond");
    known.head.size = {999};
    CHECK(code(check_known_head(r, known)) == "reendorsement-head-beyond");
    known.head.size = {1'001};
    CHECK(check_known_head(r, known));
    known.head = {{1'000}, {}};
    CHECK(code(check_known_head(r, known)) == "reendorsement-head-differs");
    known.origin.incarnation = 1'002;
    CHECK(check_known_head(r, known));
    known.origin.incarnation = 1'003;
    CHECK(code(check_known_head(r, known)) == "reendorsement-number-used");
    Reendorsement headless = r;
    headless.head.reset();
    CHECK(check_known_head(headless, std::nullopt));
}

TEST_CASE_METHOD(Fixture, "licences after a lost log: those that the vendor calls live count, and newer ones",
                 "[reendorsement][license]") {
    LicenseTerms terms = customer.terms();
    const auto judge = [&](const std::optional<VouchedLicenses>& vouched_for) {
        const auto license =
            verify_license(make_license(terms, {vendor.issuer}, vendor.issuer_key).value(), vendor.root);
        REQUIRE(license);
        LicenseFacts there;
        there.server_id = customer.server_id;
        there.server_keys = {new_key.public_key().spki()};  // the key that the licence names is forgotten
        there.vouched = vouched_for;
        return code(check_license_for_server(*license, there));
    };
    const Digest digest = default_suite().hash(as_bytes(license_terms_json(terms)));
    const VouchedLicenses live{"REE-1", terms.issued_at + day, {{terms.license_id, digest}}};
    CHECK(judge(std::nullopt) == "license-other-server-key");
    CHECK(judge(live) == "(accepted)");
    VouchedLicenses other = live;
    other.live.front().terms_digest = {};
    CHECK(judge(other) == "license-vouched-otherwise");
    other.live.front().license_id = "LIC-OTHER";
    CHECK(judge(other) == "license-not-vouched");
    other.at = {terms.issued_at.us - 1};  // issued since: judged as any other
    CHECK(judge(other) == "license-other-server-key");
}

TEST_CASE_METHOD(Fixture, "re-endorsement request: proves the new key, and names server, lost key and head",
                 "[reendorsement]") {
    const Checkpoint head{{customer.server_id, 2}, {{17}, {}}};
    const std::string note = sign_note(default_suite(), head.body(), head.origin.text(), customer.key).value();
    const ReendorsementRequest asked{customer.server_id, default_suite().hash(customer.key.public_key().spki()), note};
    const std::string req = make_reendorsement_request(asked, new_key).value();
    CHECK(is_reendorsement_request(req));
    const auto read = verify_reendorsement_request(req);
    REQUIRE(read);
    CHECK(read->request.server_id == asked.server_id);
    CHECK(read->request.old_key == asked.old_key);
    CHECK(read->request.head == note);
    REQUIRE(read->head);
    CHECK(read->head->checkpoint.head == head.head);
    CHECK(read->new_key == new_key.public_key());

    CHECK(code(verify_license_request(req)) == "request-malformed");
    const std::string licence = make_license_request({customer.server_id, "vdi", 5}, new_key).value();
    CHECK_FALSE(is_reendorsement_request(licence));
    CHECK(code(verify_reendorsement_request(licence)) == "request-malformed");
    CHECK(code(verify_reendorsement_request(req + " ")) == "request-malformed");
    CHECK(code(verify_reendorsement_request(std::string(reendorsement_request_bytes_max + 1, 'a'))) == "too-large");
    for (std::size_t at = 40; at < req.size() - 40; at += 5) {
        std::string bad = req;
        bad[at] = bad[at] == 'A' ? 'B' : 'A';
        CAPTURE(at);
        CHECK_FALSE(verify_reendorsement_request(bad));
    }

    // Of a lost log nobody may have a head.
    const ReendorsementRequest headless{customer.server_id, asked.old_key, ""};
    const auto without = verify_reendorsement_request(make_reendorsement_request(headless, new_key).value());
    REQUIRE(without);
    CHECK_FALSE(without->head);
    CHECK(without->request.head.empty());

    support::TemporaryFolder folder;
    folder.write("a.req", req);
    const auto openssl =
        support::run("openssl req -verify -noout -in " + support::quoted((folder.path() / "a.req").string()) + " 2>&1");
    CHECK(openssl.exit_code == 0);
}

TEST_CASE_METHOD(Fixture, "key epochs: each key signs for its own incarnations", "[reendorsement][L7]") {
    const auto event = [&](std::uint64_t number, std::uint32_t incarnation, EventBody body) {
        return Event{{number}, {}, Origin{customer.server_id, incarnation}.text(), {}, {}, std::move(body)};
    };
    LedgerCreated created;
    created.server_id = customer.server_id;
    created.public_key = customer.key.public_key().spki();
    KeyEpochs epochs;
    epochs.apply(event(0, 1, created));
    epochs.apply(event(5, 2, IncarnationOpened{2, IncarnationOpened::Reason::anchor, "k", "", {}}));
    REQUIRE(epochs.all().size() == 1);
    // Numbers 3 and 4 were used up by attempts.
    const IncarnationOpened over{
        5, IncarnationOpened::Reason::reendorsed, "k", "", {}, made(reendorsement()), new_certificate.der()};
    const Event hand_over = event(9, 5, over);
    CHECK(verify_hand_over(hand_over, epochs, vendor.root).error().stable_code() == "reendorsement-head-missing");
    epochs.apply(hand_over);
    REQUIRE(epochs.all().size() == 2);
    CHECK(epochs.present().number == 2);
    CHECK(epochs.present().key == new_key.public_key());

    const auto good = [&](PrivateKey& key, std::uint32_t incarnation) {
        const Checkpoint head{{customer.server_id, incarnation}, {{1}, {}}};
        const auto note = SignedNote::parse(sign_note(default_suite(), head.body(), head.origin.text(), key).value());
        const auto verified = epochs.verify(default_suite(), note.value(), head.origin);
        CHECK(verified.has_value() == epochs.is_key_id(default_suite(), head.origin, note->signatures.front().key_id));
        return verified.has_value();
    };
    CHECK(good(customer.key, 1));
    CHECK(good(customer.key, 2));
    CHECK(good(customer.key, 4));
    CHECK_FALSE(good(customer.key, 5));
    CHECK_FALSE(good(customer.key, 6));
    CHECK_FALSE(good(new_key, 1));
    CHECK_FALSE(good(new_key, 2));
    CHECK(good(new_key, 3));
    CHECK(good(new_key, 5));
    CHECK(good(new_key, 9));
    PrivateKey stranger = PrivateKey::generate();
    CHECK_FALSE(good(stranger, 5));
}

TEST_CASE_METHOD(Fixture, "key epochs: a log that begins anew has the lost key for what was before it",
                 "[reendorsement][L7]") {
    const auto event = [&](std::uint64_t number, std::uint32_t incarnation, EventBody body) {
        return Event{{number}, {}, Origin{customer.server_id, incarnation}.text(), {}, {}, std::move(body)};
    };
    LedgerCreated created;
    created.server_id = customer.server_id;
    created.public_key = customer.key.public_key().spki();
    const auto note_of = [&](PrivateKey& key, const Checkpoint& head) {
        return sign_note(default_suite(), head.body(), head.origin.text(), key).value();
    };
    IncarnationOpened opened{1'003,
                             IncarnationOpened::Reason::log_and_key_lost,
                             "",
                             note_of(customer.key, vouched()),
                             {},
                             made(for_lost_log()),
                             new_certificate.der()};
    KeyEpochs epochs;
    epochs.apply(event(0, 1'003, created));
    CHECK(verify_hand_over(event(1, 1'003, opened), epochs, vendor.root));
    CHECK(verify_hand_over(event(1, 1'004, opened), epochs, vendor.root));
    const auto refused_at = [&](std::uint32_t incarnation) {
        return code(verify_hand_over(event(1, incarnation, opened), epochs, vendor.root));
    };
    CHECK(refused_at(1'002) == "reendorsement-number-used");
    opened.known_head.clear();
    CHECK(refused_at(1'003) == "reendorsement-head-beyond");
    opened.reason = IncarnationOpened::Reason::reendorsed;
    CHECK(refused_at(1'003) == "reendorsement-for-lost-log");
    opened.reason = IncarnationOpened::Reason::log_and_key_lost;
    opened.reendorsement = made(reendorsement());
    CHECK(refused_at(1'003) == "reendorsement-not-for-lost-log");

    epochs.apply(event(1, 1'003, opened));
    REQUIRE(epochs.all().size() == 2);
    const auto good = [&](PrivateKey& key, std::uint32_t incarnation) {
        const Checkpoint head{{customer.server_id, incarnation}, {{1}, {}}};
        const auto note = SignedNote::parse(note_of(key, head));
        return epochs.verify(default_suite(), note.value(), head.origin).has_value();
    };
    for (const std::uint32_t before : {1U, 3U, 1'002U}) {
        CHECK(good(customer.key, before));
        CHECK_FALSE(good(new_key, before));
    }
    for (const std::uint32_t after : {1'003U, 1'004U}) {
        CHECK_FALSE(good(customer.key, after));
        CHECK(good(new_key, after));
    }
}
