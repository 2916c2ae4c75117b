#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/revocation.hpp"
#include "ledger/license_file/signed_message.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};

    [[nodiscard]] Revocation revocation() const {
        Revocation r;
        r.revocation_id = "REV-1";
        r.issued_at = support::license_made_at;
        r.license_ids = {"LIC-1", "LIC-2"};
        r.certificate_fingerprints = {Digest{}};
        r.reason = "被盗 \"stolen\"";
        return r;
    }
    [[nodiscard]] Bytes made(const Revocation& r) {
        return make_revocation(r, {vendor.issuer}, vendor.issuer_key).value();
    }
    [[nodiscard]] std::string refusal(ByteView rev) const {
        const auto verified = verify_revocation(rev, vendor.root);
        if (verified) return "(accepted)";
        for (const Language language : {Language::english, Language::chinese}) {
            CHECK(verified.error().sentence(language).find('{') == std::string::npos);
        }
        return std::string(verified.error().stable_code());
    }
};

std::string refused_field(const std::string& text) {
    const auto parsed = parse_revocation_json(text);
    return parsed ? "(accepted)" : parsed.error().facts.at(0).value;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "revocation: what the vendor wrote is what the server reads", "[revocation]") {
    Revocation r = revocation();
    const Bytes rev = made(r);
    const auto verified = verify_revocation(rev, vendor.root);
    REQUIRE(verified);
    CHECK(verified->revocation == r);
    CHECK(verified->revocation_bin == rev);
    CHECK(check_revocation_for_server(r, customer.server_id));
    r.server_id = customer.server_id;
    CHECK(verify_revocation(made(r), vendor.root)->revocation == r);
    CHECK(check_revocation_for_server(r, customer.server_id));
    const auto elsewhere = check_revocation_for_server(r, std::string(32, 'b'));
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().stable_code() == "revocation-other-server");
}

TEST_CASE_METHOD(Fixture, "revocation: stock openssl accepts it", "[revocation][openssl]") {
    const support::TemporaryFolder folder;
    folder.write("a.rev", made(revocation()));
    folder.write("root.crt", vendor.root.pem());
    const auto verified =
        support::run("cd " + support::quoted(folder.path().string()) +
                     " && openssl cms -verify -inform DER -in a.rev -CAfile root.crt -attime 1772323200");
    INFO(verified.output);
    CHECK(verified.exit_code == 0);
    CHECK(verified.output.find("\"revocation_id\": \"REV-1\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "revocation refused: signature, issuer, purpose, time", "[revocation][refusal]") {
    Bytes rev = made(revocation());
    SECTION("a changed content") {
        rev[as_text(rev).find("LIC-1")] ^= 1;
        CHECK(refusal(rev) == "revocation-signature-bad");
    }
    SECTION("a stranger's") {
        support::Vendor stranger;
        CHECK(refusal(make_revocation(revocation(), {stranger.issuer}, stranger.issuer_key).value()) ==
              "revocation-issuer-unknown");
    }
    SECTION("a server's key cannot revoke") {
        CHECK(refusal(make_revocation(revocation(), {customer.certificate}, customer.key).value()) ==
              "revocation-issuer-wrong-purpose");
    }
    SECTION("issued before the issuer's certificate") {
        Revocation early = revocation();
        early.issued_at = support::root_made_at - second;
        CHECK(refusal(made(early)) == "revocation-issuer-not-valid-then");
    }
    SECTION("a licence is no revocation") {
        const auto lic = make_license(customer.terms(), {vendor.issuer}, vendor.issuer_key).value();
        CHECK(refusal(read_license_archive(lic)->license_bin) == "revocation-malformed");
    }
    SECTION("nor a revocation a licence") {
        const auto license = verify_license_bin(rev, vendor.root);
        REQUIRE_FALSE(license);
        CHECK(license.error().stable_code() == "license-terms-malformed");
    }
    SECTION("text") { CHECK(refusal(as_bytes("{}")) == "revocation-malformed"); }
    SECTION("another issue time than the signing time") {
        const auto message = sign_message(as_bytes(revocation_json(revocation())), {vendor.issuer}, vendor.issuer_key,
                                          support::license_made_at + second);
        CHECK(refusal(message->der()) == "revocation-malformed");
    }
}

TEST_CASE_METHOD(Fixture, "revocation refused: JSON in any other spelling or out of limits", "[revocation][refusal]") {
    const std::string good = revocation_json(revocation());
    REQUIRE(parse_revocation_json(good));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        REQUIRE(text.find(from) != std::string::npos);
        return text.replace(text.find(from), from.size(), to);
    };
    CHECK(refused_field(good + " ") == "spelling");
    CHECK(refused_field(with("\"LIC-1\", \"LIC-2\"", "\"LIC-2\", \"LIC-1\"")) == "license_ids");
    CHECK(refused_field(with("\"LIC-1\", \"LIC-2\"", "\"LIC-1\", \"LIC-1\"")) == "license_ids");
    CHECK(refused_field(with("LIC-1", "")) == "license_ids");
    CHECK(refused_field(with("0000", "00g0")) == "certificate_fingerprints");
    CHECK(refused_field(with("REV-1", "REV 1")) == "revocation_id");
    CHECK(refused_field(with("revocation/1", "license/1")) == "format");
    CHECK(refused_field(with("  \"reason\"", "  \"color\": 1,\n  \"reason\"")) == "color");
    CHECK(refused_field(with("  \"license_ids\"", "  \"server_id\": \"x\",\n  \"license_ids\"")) == "server_id");
    CHECK(refused_field(with("被盗", "\\n")) == "reason");
    Revocation r = revocation();
    r.license_ids.clear();
    CHECK(parse_revocation_json(revocation_json(r)));
    r.certificate_fingerprints.clear();
    CHECK(refused_field(revocation_json(r)) == "license_ids");
    r = revocation();
    r.reason.assign(revocation_reason_bytes_max + 1, 'x');
    CHECK(refused_field(revocation_json(r)) == "reason");
}
