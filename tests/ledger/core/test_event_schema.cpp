// What is stored, as Cap'n Proto's own library reads it by the schema.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/ledger/core/event_messages.hpp"
#include "tests/ledger/core/random_event.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;
using support::LibraryMessage;
using support::minimal_event;

TEST_CASE("event codec: the library reads what opened an incarnation, field by field") {
    const IncarnationOpened opened{
        7, IncarnationOpened::Reason::reendorsed, "kept \u2014\n", "known\n", {{"A", 1}, {"B", 9}}, {1, 2, 3}, {4, 5}};
    const Bytes stored = encode_event(minimal_event(opened)).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isIncarnationOpened());
    const auto read = event.getIncarnationOpened();
    CHECK(read.getIncarnation() == 7);
    CHECK(read.getReason() == wire::IncarnationOpened::Reason::REENDORSED);
    CHECK(std::string(read.getKeptHead().cStr()) == opened.kept_head);
    CHECK(std::string(read.getKnownHead().cStr()) == opened.known_head);
    REQUIRE(read.getUnclaimed().size() == 2);
    CHECK(std::string(read.getUnclaimed()[1].getLicenseId().cStr()) == "B");
    CHECK(read.getUnclaimed()[1].getSeats() == 9);
    const auto reendorsement = read.getReendorsement();
    CHECK(Bytes(reendorsement.begin(), reendorsement.end()) == opened.reendorsement);
    const auto certificate = read.getServerCertificate();
    CHECK(Bytes(certificate.begin(), certificate.end()) == opened.server_certificate);

    const IncarnationOpened rotated{
        7, IncarnationOpened::Reason::rotated, "kept \u2014\n", "", {}, {}, {4, 5}, "hand-over \u2014\n"};
    const Bytes second = encode_event(minimal_event(rotated)).value();
    LibraryMessage second_message(second);
    const auto handed_over = second_message.reader->getRoot<wire::Event>().getIncarnationOpened();
    CHECK(handed_over.getReason() == wire::IncarnationOpened::Reason::ROTATED);
    CHECK(std::string(handed_over.getHandOver().cStr()) == rotated.hand_over);
}

TEST_CASE("event codec: the library reads an adoption and its proof, field by field") {
    const AdoptionProven proven{{5}, Bytes(3, 7), {Digest{{1}}, Digest{{2}}}, "head\n"};
    LibraryMessage message(encode_event(minimal_event(proven)).value());
    const auto read = message.reader->getRoot<wire::Event>().getAdoptionProven();
    CHECK(read.getIndex() == 5);
    CHECK(read.getEvent().size() == 3);
    CHECK(read.getPath().size() == 64);
    CHECK(read.getPath()[32] == 2);
    CHECK(std::string(read.getHead().cStr()) == "head\n");

    const SeatAdopted adopted{RandomEvents(9).seat(), {17}};
    LibraryMessage held(encode_event(minimal_event(adopted)).value());
    const auto seat = held.reader->getRoot<wire::Event>().getSeatAdopted();
    CHECK(seat.getProof() == 17);
    CHECK(std::string(seat.getSeat().getProduct().cStr()) == adopted.product);
    CHECK(seat.getSeat().getLeaseEnds() == adopted.lease_ends.us);

    LibraryMessage freed(encode_event(minimal_event(UnclaimedFreed{{"L", 4}})).value());
    CHECK(freed.reader->getRoot<wire::Event>().getUnclaimedFreed().getSeats() == 4);
}

TEST_CASE("event codec: the library reads a seat of the previous product and a log key, field by field") {
    const LegacySeatReserved reserved{{{1, 2}}, "L1", "vdi", {{"mac", {{3}}}}, {{4}}, {5}, {6}};
    const Bytes stored = encode_event(minimal_event(reserved)).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isLegacySeatReserved());
    const auto read = event.getLegacySeatReserved();
    CHECK(read.getActivationId()[1] == 2);
    CHECK(std::string(read.getLicenseId().cStr()) == "L1");
    CHECK(std::string(read.getProduct().cStr()) == "vdi");
    REQUIRE(read.getComponents().size() == 1);
    CHECK(read.getComponents()[0].getDigest()[0] == 3);
    CHECK(read.getRecord()[0] == 4);
    CHECK(read.getActivatedAt() == 5);
    CHECK(read.getReservedUntil() == 6);

    const Bytes key = encode_event(minimal_event(LogKeyCreated{{7}, {{8}}, "auditor", {9}})).value();
    LibraryMessage other(key);
    const auto created = other.reader->getRoot<wire::Event>().getLogKeyCreated();
    CHECK(created.getKeyId()[0] == 7);
    CHECK(created.getKeyDigest()[0] == 8);
    CHECK(std::string(created.getReader().cStr()) == "auditor");
    CHECK(created.getExpires() == 9);
}

TEST_CASE("event codec: the library reads an issued report, field by field") {
    const Bytes stored = encode_event(minimal_event(ReportIssued{{5}, {6}, 7, {{8}}, {{9}}, true})).value();
    LibraryMessage message(stored);
    const auto event = message.reader->getRoot<wire::Event>();
    REQUIRE(event.isReportIssued());
    const auto read = event.getReportIssued();
    CHECK(read.getAsOf() == 5);
    CHECK(read.getSize() == 6);
    CHECK(read.getSeats() == 7);
    CHECK(read.getRoot()[0] == 8);
    CHECK(read.getDigest()[0] == 9);
    CHECK(read.getPersonalData());
}
