// The vendor's word on a server's next key: re-endorsements and rotations, with the real program.
#include <limits>
#include <map>

#include "ledger/core/checkpoint.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "tests/tools/issuer/workshop.hpp"

using namespace workshop;

namespace {

/// A customer whose server had a licence, and lost its key.
struct LostKey : Workshop {
    LostKey() {
        make_vendor();
        done("issue server.req --out a.lic");
        done("certificate --purpose recovery-signer");
        ask("lost.req", new_key);
    }
    void ask(const char* file, ledger::PrivateKey& with) {
        const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
        ask(file, with, ledger::sign_note(suite, head.body(), head.origin.text(), hsm_key).value());
    }
    void ask(const char* file, ledger::PrivateKey& with, const std::string& head) {
        folder.write(
            file, ledger::make_reendorsement_request({server_id, suite.hash(hsm_key.public_key().spki()), head}, with)
                      .value());
    }
    /// The program, with a fault in one of its system calls. @param calls  and options of strace after them
    [[nodiscard]] static std::string behind_strace(const std::string& calls, const std::string& fault) {
        const std::string names = calls.substr(0, calls.find(' '));
        return "strace -f -qq -o /dev/null -e trace=" + calls + " -e inject=" + names + ":" + fault + " " +
               support::quoted(ACTLEDGER_BIN_DIR "/actledger-issuer") +
               " --folder vendor --passphrase-file passphrase ";
    }
    [[nodiscard]] std::string reendorse(const std::string& request) const {
        return "reendorse " + request + " --server " + server_id;
    }
    const ledger::Suite& suite = ledger::default_suite();
    ledger::PrivateKey new_key = ledger::PrivateKey::generate();
};

}  // namespace

TEST_CASE_METHOD(LostKey, "issuer: a re-endorsement that the server accepts, and the same one again", "[issuer]") {
    done(reendorse("lost.req") + " --out a.ree");
    const auto verified = ledger::verify_reendorsement(ledger::as_bytes(folder.read("a.ree")), root());
    REQUIRE(verified);
    CHECK(verified->new_key == new_key.public_key());
    CHECK(verified->reendorsement.head->head.size.value == 17);
    CHECK(ledger::check_reendorsement_for_ledger(*verified,
                                                 {server_id, {hsm_key.public_key().spki()}, {}, ledger::TreeSize{17}}));
    done(reendorse("lost.req") + " --out a.ree");
    done(reendorse("lost.req") + " --out b.ree");
    CHECK(folder.read("b.ree") == folder.read("a.ree"));
    CHECK(folder.read("vendor/record.jsonl").find("\"act\":\"reendorsement\"") != std::string::npos);
    refuses(reendorse("lost.req") + " --out server.req", refused, "issuer-file-exists");

    const auto openssl = shell(
        "openssl cms -verify -inform DER -in a.ree -CAfile vendor/root.crt -purpose any && "
        "openssl req -verify -noout -in lost.req");
    INFO(openssl.output);
    CHECK(openssl.exit_code == success);
    const auto shown = issuer("show a.ree --json");
    CHECK(shown.output.find("\"kind\":\"reendorsement\",\"verified\":true") != std::string::npos);
    const auto shown_request = issuer("show lost.req --json");
    CHECK(shown_request.output.find("\"kind\":\"reendorsement-request\"") != std::string::npos);

    // From now on the new key gets licences for the old id.
    folder.write("next.req", ledger::make_license_request({server_id, "vdi-desktop", 5}, new_key).value());
    done("issue next.req --out next.lic");
    CHECK(terms("next.lic").server_id == server_id);
}

TEST_CASE_METHOD(LostKey, "issuer: nobody takes a server over with a request alone", "[issuer]") {
    refuses("reendorse lost.req --server " + std::string(32, 'a'), refused, "issuer-server-differs");
    refuses("reendorse lost.req", usage, "--server");
    refuses("reendorse server.req --server " + server_id, bad_input, "request-malformed");
    refuses(reendorse("lost.req") + " --issuer license-issuer", not_verified, "certificate-wrong-purpose");
    refuses(reendorse("lost.req") + " --id 'a b'", bad_input, "issuer-value-wrong");

    auto thief = ledger::PrivateKey::generate();
    const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
    ask("forged.req", thief, ledger::sign_note(suite, head.body(), head.origin.text(), thief).value());
    refuses(reendorse("forged.req"), not_verified, "issuer-request-head-wrong");
    ask("same.req", hsm_key);
    refuses(reendorse("same.req"), refused, "issuer-key-not-new");

    done(reendorse("lost.req") + " --out a.ree");
    ask("second.req", thief);
    refuses(reendorse("second.req"), refused, "issuer-reendorsed-before");
    done(reendorse("second.req") + " --again --out second.ree");
    refuses(reendorse("second.req") + " --again --id x --out a.ree", refused, "issuer-file-exists");

    // A server that this vendor never licensed.
    hsm_key = ledger::PrivateKey::generate();
    server_id = ledger::derive_server_id(suite, hsm_key.public_key());
    ask("stranger.req", new_key);
    refuses(reendorse("stranger.req"), not_found, "issuer-server-key-unknown");
}

namespace {

/// A server that was licensed, and whose key hands over to the next one.
struct NextKey : Workshop {
    NextKey() {
        make_vendor();
        done("issue server.req --out a.lic");
        ask("next.req", hsm_key, next);
    }
    void ask(const char* file, ledger::PrivateKey& present, ledger::PrivateKey& to, std::uint64_t size = 17) {
        const ledger::KeyHandOver stated{{{server_id, 1}, {{size}, {}}},
                                         suite.hash(present.public_key().spki()),
                                         suite.hash(to.public_key().spki())};
        const std::string note = ledger::sign_hand_over(suite, stated, present).value();
        folder.write(file, ledger::make_rotation_request(note, to).value());
    }
    [[nodiscard]] std::string rotate(const std::string& request, const std::string& out) const {
        return "rotate " + request + " --server " + server_id + " --out " + out;
    }
    const ledger::Suite& suite = ledger::default_suite();
    ledger::PrivateKey next = ledger::PrivateKey::generate();
};

}  // namespace

TEST_CASE_METHOD(NextKey, "issuer: the next key gets a server certificate for the old id, and the same one again",
                 "[issuer]") {
    done(rotate("next.req", "next.crt"));
    const auto certificate = ledger::Certificate::from_pem(folder.read("next.crt"));
    REQUIRE(certificate);
    CHECK(certificate->spki() == next.public_key().spki());
    CHECK(certificate->server_id() == server_id);
    CHECK(ledger::verify_chain(std::array{*certificate}, root(), ledger::Purpose::server, certificate->not_before()));
    done(rotate("next.req", "next.crt"));
    ask("later.req", hsm_key, next, 18);  // the same keys, and a longer ledger
    done(rotate("later.req", "later.crt"));
    CHECK(folder.read("later.crt") == folder.read("next.crt"));
    const std::string record = folder.read("vendor/record.jsonl");
    CHECK(record.find("\"act\":\"rotation\"") != std::string::npos);
    CHECK(record.find("\"act\":\"rotation\"") == record.rfind("\"act\":\"rotation\""));
    refuses(rotate("next.req", "server.req"), refused, "issuer-file-exists");
    const auto shown = issuer("show next.req --json");
    CHECK(shown.output.find("\"kind\":\"rotation-request\"") != std::string::npos);

    // From now on the next key gets licences for the old id, and it hands over in its turn.
    folder.write("more.req", ledger::make_license_request({server_id, "vdi-desktop", 5}, next).value());
    done("issue more.req --out more.lic");
    CHECK(terms("more.lic").server_id == server_id);
    auto third = ledger::PrivateKey::generate();
    ask("third.req", next, third);
    done(rotate("third.req", "third.crt"));
}

TEST_CASE_METHOD(NextKey, "issuer: nobody takes a server over without the word of a key that was certified",
                 "[issuer]") {
    refuses("rotate next.req --server " + std::string(32, 'a') + " --out a.crt", refused, "issuer-server-differs");
    refuses("rotate next.req --out a.crt", usage, "--server");
    refuses(rotate("server.req", "a.crt"), bad_input, "request-malformed");
    auto thief = ledger::PrivateKey::generate();
    ask("stranger.req", thief, next);
    refuses(rotate("stranger.req", "a.crt"), not_found, "issuer-server-key-unknown");

    // In the present key's name, and not by it.
    const ledger::KeyHandOver stated{
        {{server_id, 1}, {{17}, {}}}, suite.hash(hsm_key.public_key().spki()), suite.hash(thief.public_key().spki())};
    const std::string forged = ledger::sign_note(suite, stated.body(), stated.head.origin.text(), thief).value();
    folder.write("forged.req", ledger::make_rotation_request(forged, thief).value());
    refuses(rotate("forged.req", "a.crt"), not_verified, "issuer-hand-over-wrong");

    // A key that the vendor has revoked names no heir: whoever stole it would.
    const std::string digest = ledger::hex_encode(suite.hash(hsm_key.public_key().spki()).view());
    const auto present = folder.path() / "vendor/servers" / (server_id + "-" + digest.substr(0, 16) + ".crt");
    REQUIRE(std::filesystem::exists(present));
    done("revoke --certificate " + present.string() + " --server " + std::string(32, 'a') + " --out other.rev");
    done(rotate("next.req", "still.crt"));  // another server's
    std::filesystem::remove(folder.path() / "still.crt");

    // A second key after the same one: only if the vendor says so; whether the first was rotated to or re-endorsed.
    done(rotate("next.req", "next.crt"));
    ask("second.req", hsm_key, thief);
    refuses(rotate("second.req", "second.crt"), refused, "issuer-succeeded-before");
    const ledger::Checkpoint head{{server_id, 1}, {{17}, {}}};
    const auto lost = [&](const char* file, ledger::PrivateKey& old_one, ledger::PrivateKey& with) {
        const std::string note = ledger::sign_note(suite, head.body(), head.origin.text(), old_one).value();
        folder.write(
            file, ledger::make_reendorsement_request({server_id, suite.hash(old_one.public_key().spki()), note}, with)
                      .value());
    };
    done("certificate --purpose recovery-signer");
    lost("lost.req", hsm_key, thief);
    refuses("reendorse lost.req --server " + server_id + " --out lost.ree", refused, "issuer-succeeded-before");
    done(rotate("second.req", "second.crt") + " --again");
    auto fourth = ledger::PrivateKey::generate();
    lost("next-lost.req", next, fourth);
    done("reendorse next-lost.req --server " + server_id + " --out next-lost.ree");
    done("revoke --certificate " + present.string() + " --server " + server_id + " --out key.rev");
    refuses(rotate("next.req", "again.crt") + " --again", refused, "issuer-server-key-revoked");
    ask("stolen.req", next, thief);
    refuses(rotate("stolen.req", "stolen.crt"), refused, "issuer-succeeded-before");
}

TEST_CASE_METHOD(LostKey, "issuer: a re-endorsement for a lost log vouches for as many licences as a server can have",
                 "[issuer]") {
    folder.write("some.req", ledger::make_license_request({server_id, "vdi-desktop", 50}, hsm_key).value());
    const auto issue = [&](std::size_t number) {
        const std::string id = "LIC-" + std::to_string(1'000 + number);
        done("issue some.req --id " + id + " --out " + id + ".lic");
    };
    for (std::size_t i = 1; i < ledger::anchor_licenses_max; ++i) issue(i);  // there is one already
    const std::string lost_log = reendorse("lost.req") + " --lost-log";
    done(lost_log + " --out all.ree");
    const auto verified = ledger::verify_reendorsement(ledger::as_bytes(folder.read("all.ree")), root());
    REQUIRE(verified);
    REQUIRE(verified->reendorsement.lost_log);
    CHECK(verified->reendorsement.lost_log->licenses.size() == ledger::anchor_licenses_max);

    fs::remove_all(folder.path() / "vendor" / "reendorsements");
    issue(ledger::anchor_licenses_max);
    refuses(lost_log + " --out more.ree", refused, "issuer-live-licenses-too-many");
    CHECK_FALSE(fs::exists(folder.path() / "more.ree"));
    done(lost_log + " --leave-out LIC-1001 --out more.ree");
}

TEST_CASE_METHOD(LostKey, "issuer: a re-endorsement for a lost log vouches for what is live, and for nothing else",
                 "[issuer]") {
    const auto issue = [&](const std::string& id, const std::string& more = "") {
        folder.write(id + ".req", ledger::make_license_request({server_id, "vdi-desktop", 50}, hsm_key).value());
        done("issue " + id + ".req --id " + id + " --out " + id + ".lic" + more);
    };
    issue("LIC-OLD");
    issue("LIC-NEW", " --supersedes LIC-OLD");
    issue("LIC-BACK");
    issue("LIC-ALSO");
    done("revoke --license LIC-BACK --reason test --out back.rev");
    const auto lost_of = [&](const std::string& file) {
        const auto verified = ledger::verify_reendorsement(ledger::as_bytes(folder.read(file)), root());
        REQUIRE(verified);
        REQUIRE(verified->reendorsement.lost_log);
        return *verified->reendorsement.lost_log;
    };
    const auto open_of = [](const ledger::LostLogTerms& lost, const std::string& id) -> std::optional<std::uint64_t> {
        for (const auto& license : lost.licenses) {
            if (license.license_id == id) return license.open;
        }
        return std::nullopt;
    };

    const std::string lost_log = reendorse("lost.req") + " --lost-log";
    done(lost_log + " --open LIC-NEW=7 --out a.ree");
    const ledger::LostLogTerms lost = lost_of("a.ree");
    CHECK(lost.incarnation == 1'000 + 1);  // the request's head is of the first incarnation
    CHECK(open_of(lost, "LIC-NEW") == 7);
    CHECK(open_of(lost, "LIC-ALSO") == 0);
    CHECK_FALSE(open_of(lost, "LIC-OLD"));
    CHECK_FALSE(open_of(lost, "LIC-BACK"));
    done(lost_log + " --open LIC-NEW=7 --out again.ree");  // the same one
    CHECK(folder.read("again.ree") == folder.read("a.ree"));
    const auto shown = issuer("show a.ree --json");
    CHECK(shown.output.find("\"lost_log\":{\"incarnation\":1001") != std::string::npos);

    // Another answer to the same loss, or to the next one, opens a number beyond the first.
    const std::string also = lost_log + " --license LIC-ALSO";
    const auto forgetful = issuer(also + " --out b.ree");
    CHECK(forgetful.exit_code == refused);
    for (const std::string words : {"issuer-license-left-out", "LIC-NEW", "reissued"}) {
        CHECK(forgetful.output.find(words) != std::string::npos);
    }
    CHECK(forgetful.output.find("LIC-OLD") == std::string::npos);  // not live
    CHECK_FALSE(fs::exists(folder.path() / "b.ree"));
    refuses(also + " --leave-out LIC-OLD", refused, "issuer-license-not-live");
    refuses(also + " --leave-out LIC-X", not_found, "issuer-license-unknown");
    std::string left_out;
    for (const auto& license : lost.licenses) {
        if (license.license_id != "LIC-ALSO") left_out += " --leave-out " + license.license_id;
    }
    const auto narrow = issuer(also + left_out + " --out b.ree");
    INFO(narrow.output);
    REQUIRE(narrow.exit_code == success);
    CHECK(narrow.output.find("Left out: LIC-NEW") != std::string::npos);
    CHECK(lost_of("b.ree").licenses.size() == 1);
    CHECK(lost_of("b.ree").incarnation == lost.incarnation + 1'000);

    refuses(lost_log + " --license LIC-OLD", refused, "issuer-license-not-live");
    refuses(lost_log + " --license LIC-BACK", refused, "issuer-license-not-live");
    refuses(lost_log + " --license LIC-X", not_found, "issuer-license-unknown");
    refuses(lost_log + " --open LIC-NEW=51", bad_input, "issuer-value-wrong");
    refuses(lost_log + " --open LIC-NEW", bad_input, "issuer-value-wrong");
    refuses(lost_log + " --open LIC-OLD=1", not_found, "issuer-license-unknown");
    refuses(reendorse("lost.req") + " --open LIC-NEW=1", usage, "--lost-log");
    refuses(reendorse("lost.req") + " --leave-out LIC-NEW", usage, "--lost-log");

    // Nobody has an activation file: there is no head, and that is for a lost log alone.
    folder.write(
        "headless.req",
        ledger::make_reendorsement_request({server_id, suite.hash(hsm_key.public_key().spki()), ""}, new_key).value());
    refuses(reendorse("headless.req"), refused, "issuer-request-without-head");
    done(reendorse("headless.req") + " --lost-log --out headless.ree");
    CHECK(lost_of("headless.ree").incarnation > lost_of("b.ree").incarnation);
    CHECK(issuer("show headless.req --json").exit_code == success);
}

TEST_CASE_METHOD(LostKey, "issuer: a folder that cannot be read is not taken for an empty one", "[issuer]") {
    const std::string lost_log = reendorse("lost.req") + " --lost-log --out a.ree";
    for (const std::string part : {"licenses", "revocations", "reendorsements", "rotations", "servers"}) {
        CAPTURE(part);
        const auto run = shell(behind_strace(std::string("openat -P vendor/").append(part), "error=EIO") + lost_log);
        INFO(run.output);
        CHECK(run.exit_code == not_found);
        CHECK(run.output.find("vendor/" + part + " cannot be read: Input/output error. (file-unreadable)") !=
              std::string::npos);
    }
    CHECK_FALSE(fs::exists(folder.path() / "a.ree"));
    done(lost_log);
}

TEST_CASE_METHOD(LostKey, "issuer: a kept file that is damaged is named, and nothing is issued that it could forbid",
                 "[issuer]") {
    done(reendorse("lost.req") + " --out first.ree");
    done("revoke --not-in-record --license LIC-X --reason test --id REV-1 --out first.rev");
    const ledger::KeyHandOver stated{
        {{server_id, 1}, {{17}, {}}}, suite.hash(hsm_key.public_key().spki()), suite.hash(new_key.public_key().spki())};
    folder.write(
        "next.req",
        ledger::make_rotation_request(ledger::sign_hand_over(suite, stated, hsm_key).value(), new_key).value());
    done("rotate next.req --server " + server_id + " --out next.crt");
    auto thief = ledger::PrivateKey::generate();
    ask("second.req", thief);
    const std::string second = reendorse("second.req") + " --lost-log --out second.ree";
    const std::string record = folder.read("vendor/record.jsonl");
    for (const std::string part : {"reendorsements", "rotations", "licenses", "revocations"}) {
        CAPTURE(part);
        const fs::path kept = fs::directory_iterator(folder.path() / "vendor" / part)->path();
        const std::string name = kept.lexically_relative(folder.path()).string();
        const std::string good = folder.read(name);
        for (const std::string& bad : {std::string(), good.substr(0, good.size() - 7), "x" + good}) {
            folder.write(name, bad);
            const auto run = issuer(second);
            INFO(run.output);
            CHECK(run.exit_code == not_verified);
            CHECK(run.output.find("(issuer-kept-file-damaged)") != std::string::npos);
            CHECK(run.output.find(name) != std::string::npos);
            CHECK_FALSE(fs::exists(folder.path() / "second.ree"));
        }
        if (part == "reendorsements") {
            refuses("rotate next.req --server " + server_id + " --out again.crt", not_verified, name);
        }
        folder.write(name, good);
        if (part == "reendorsements") refuses(second, refused, "issuer-reendorsed-before");  // what it forbids
        if (part == "reendorsements") fs::remove(folder.path() / name);
    }
    refuses(second, refused, "issuer-succeeded-before");
    CHECK(folder.read("vendor/record.jsonl") == record);
    folder.write("vendor/reendorsements/notes.txt", std::string_view("somebody's\n"));
    done(second + " --again");
}

TEST_CASE_METHOD(LostKey, "issuer: a file for a lost log gives up all other keys that were certified for the server",
                 "[issuer][L7]") {
    auto next = ledger::PrivateKey::generate();
    const ledger::KeyHandOver stated{
        {{server_id, 1}, {{17}, {}}}, suite.hash(hsm_key.public_key().spki()), suite.hash(next.public_key().spki())};
    folder.write("next.req",
                 ledger::make_rotation_request(ledger::sign_hand_over(suite, stated, hsm_key).value(), next).value());
    done("rotate next.req --server " + server_id + " --out next.crt");
    auto other = ledger::PrivateKey::generate();
    const std::string other_id = ledger::derive_server_id(suite, other.public_key());
    folder.write("other.req", ledger::make_license_request({other_id, "vdi-desktop", 1}, other).value());
    done("issue other.req --out other.lic");

    const auto given_up = [&](const std::string& file) {
        return ledger::verify_reendorsement(ledger::as_bytes(folder.read(file)), root())
            .value()
            .reendorsement.lost_log->given_up;
    };
    const auto made = issuer(reendorse("lost.req") + " --lost-log --again --out a.ree");
    INFO(made.output);
    REQUIRE(made.exit_code == success);
    CHECK(made.output.find("keys given up: 1") != std::string::npos);
    CHECK(given_up("a.ree") == std::vector<ledger::Digest>{suite.hash(next.public_key().spki())});
    CHECK(issuer("show a.ree --json").output.find("\"given_up\":[\"") != std::string::npos);

    // It does not come back; the key that took over is given up by the next file.
    ask("back.req", next);
    refuses(reendorse("back.req"), refused, "issuer-key-given-up");
    auto third = ledger::PrivateKey::generate();
    ask("third.req", third);
    done(reendorse("third.req") + " --lost-log --again --out b.ree");
    CHECK(given_up("b.ree").size() == 2);
    done(reendorse("lost.req") + " --lost-log --again --out again.ree");
    CHECK(folder.read("again.ree") == folder.read("a.ree"));

    // One that cannot be read is not left out.
    for (const auto& entry : fs::directory_iterator(folder.path() / "vendor/servers")) {
        const std::string pem = folder.read(entry.path().lexically_relative(folder.path()).string());
        const auto certificate = ledger::Certificate::from_pem(pem).value();
        if (certificate.spki() != next.public_key().spki()) continue;
        folder.write(entry.path().lexically_relative(folder.path()).string(), pem.substr(10));
    }
    auto fourth = ledger::PrivateKey::generate();
    ask("fourth.req", fourth);
    refuses(reendorse("fourth.req") + " --lost-log --again", not_verified, "issuer-kept-file-damaged");
}

TEST_CASE_METHOD(LostKey, "issuer: a head beyond all numbers that a server could have opened opens none", "[issuer]") {
    const ledger::Checkpoint head{{server_id, std::numeric_limits<std::uint32_t>::max() - 5}, {{17}, {}}};
    ask("far.req", new_key, ledger::sign_note(suite, head.body(), head.origin.text(), hsm_key).value());
    refuses(reendorse("far.req") + " --lost-log --out far.ree", not_verified, "issuer-request-head-wrong");
    CHECK_FALSE(fs::exists(folder.path() / "far.ree"));
}

TEST_CASE_METHOD(LostKey,
                 "issuer: killed at any step, every act that was done is on record once the command is repeated",
                 "[issuer][crash]") {
    const ledger::KeyHandOver stated{
        {{server_id, 1}, {{17}, {}}}, suite.hash(hsm_key.public_key().spki()), suite.hash(new_key.public_key().spki())};
    folder.write(
        "next.req",
        ledger::make_rotation_request(ledger::sign_hand_over(suite, stated, hsm_key).value(), new_key).value());
    const std::string act = GENERATE("license", "revocation", "rotation", "reendorsement");
    const std::map<std::string, std::string> commands{
        {"license", "issue server.req --out out --id LIC-KILLED"},
        {"revocation", "revoke --not-in-record --license LIC-X --reason test --id REV-KILLED --out out"},
        {"rotation", "rotate next.req --server " + server_id + " --out out"},
        {"reendorsement", reendorse("lost.req") + " --lost-log --out out"}};
    const std::string& arguments = commands.at(act);
    CAPTURE(act);
    fs::copy(folder.path() / "vendor", folder.path() / "before", fs::copy_options::recursive);
    const std::string before = folder.read("vendor/record.jsonl");
    bool killed = true;
    int at = 0;
    while (killed) {
        CAPTURE(++at);
        REQUIRE(at < 40);
        fs::remove_all(folder.path() / "vendor");
        fs::copy(folder.path() / "before", folder.path() / "vendor", fs::copy_options::recursive);
        fs::remove(folder.path() / "out");
        const auto run =
            shell(behind_strace("fsync,rename,renameat2", "signal=KILL:when=" + std::to_string(at)) + arguments);
        killed = run.exit_code != success;
        done(arguments);
        CHECK(fs::exists(folder.path() / "out"));
        const std::string record = folder.read("vendor/record.jsonl").substr(before.size());
        CHECK(record.find("\"act\":\"" + act + "\"") != std::string::npos);
    }
    CHECK(at > 3);
}
