// Request files: whatever the edits, what is accepted is what the key signed.
#include "ledger/license_file/license_request.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    PrivateKey key = PrivateKey::generate();
    std::string server_id = std::string(32, 'a');
    Bytes req = copy(as_bytes(make_license_request({server_id, "vdi-desktop", 100}, key).value()));
    Bytes der = [this] {
        const std::string_view text = as_text(req);
        const auto begin = text.find('\n') + 1;
        std::string body(text.substr(begin, text.rfind("-----END") - begin));
        std::erase(body, '\n');
        return base64_decode(body).value();
    }();
};

void check(std::string_view input, const Sample& sample) {
    const auto request = verify_license_request(input);
    if (!request || request->server_key != sample.key.public_key()) return;
    ACTLEDGER_ASSERT(request->request.server_id == sample.server_id && request->request.quantity == 100);
}

std::string armoured(ByteView der) {
    const std::string body = base64_encode(der);
    std::string text = "-----BEGIN CERTIFICATE REQUEST-----\n";
    for (std::size_t i = 0; i < body.size(); i += 64) text += body.substr(i, 64) + "\n";
    return text + "-----END CERTIFICATE REQUEST-----\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    const ByteView edits{data, size};
    check(as_text(edits), sample);
    check(as_text(fuzz::edited(sample.req, edits)), sample);
    check(armoured(fuzz::edited(sample.der, edits)), sample);
    return 0;
}
