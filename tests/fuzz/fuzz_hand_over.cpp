// Notes by which a key hands over, and the requests that hold them: one spelling, or refused; and whatever the edits,
// the only note of the customer's key that comes out is the one that was signed.
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/rotation.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    support::Vendor vendor;
    mutable support::Customer customer{vendor};
    mutable PrivateKey next = PrivateKey::generate();
    KeyHandOver stated{{{customer.server_id, 2}, {{17}, {}}},
                       default_suite().hash(customer.key.public_key().spki()),
                       default_suite().hash(next.public_key().spki())};
    std::string note = sign_hand_over(default_suite(), stated, customer.key).value();
    std::string req = make_rotation_request(note, next).value();
    HandOverFacts facts{customer.server_id, customer.key.public_key(), next.public_key()};
};

void check(ByteView input, const Sample& sample) {
    const auto text = as_text(input);
    const auto body = KeyHandOver::parse_body(text);
    if (body) ACTLEDGER_ASSERT(body->body() == text);
    const auto parsed = SignedHandOver::parse(text);
    if (parsed) ACTLEDGER_ASSERT(parsed->note.text() == text && text.size() <= hand_over_bytes_max);
    const auto good = check_hand_over_note(text, sample.facts);
    if (good) ACTLEDGER_ASSERT(good->body() == sample.stated.body());
}

void check_request(ByteView input, const Sample& sample) {
    const auto request = verify_rotation_request(as_text(input));
    if (!request || !(request->next_key == sample.next.public_key())) return;
    ACTLEDGER_ASSERT(request->hand_over.note.text() == sample.note);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    check({data, size}, sample);
    check(fuzz::edited(copy(as_bytes(sample.note)), {data, size}), sample);
    check(fuzz::edited(copy(as_bytes(sample.stated.body())), {data, size}), sample);
    check_request({data, size}, sample);
    check_request(fuzz::edited(copy(as_bytes(sample.req)), {data, size}), sample);
    return 0;
}
