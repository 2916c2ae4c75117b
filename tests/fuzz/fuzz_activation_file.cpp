// Whatever is accepted is written again as it was, and the verifier survives it. The extra line is base64, which edits
// hardly ever get past: the message in it is edited before it is encoded.
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/core/sample_ledger.hpp"

using namespace ledger;

namespace {

struct Sample {
    SampleLedger ledger{1};
    std::string before_extra;
    Bytes extra;
    std::string after_extra;

    Sample() {
        ledger.grow(3);
        const auto seat = ledger.append_seat();
        ledger.grow(9);
        const std::string text = ledger.file(seat).text();
        const auto begin = text.find("extra ") + 6;
        const auto end = text.find('\n', begin);
        before_extra = text.substr(0, begin);
        extra = base64_decode(text.substr(begin, end - begin)).value();
        after_extra = text.substr(end);
    }
};

void check(std::string_view input, const Certificate& root) {
    const auto file = ActivationFile::parse(input);
    if (!file) return;
    ACTLEDGER_ASSERT(file->text() == input);
    (void)verify_logged_event(*file, root);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    const ByteView edits{data, size};
    check(as_text(edits), sample.ledger.root);
    check(sample.before_extra + base64_encode(fuzz::edited(sample.extra, edits)) + sample.after_extra,
          sample.ledger.root);
    const std::string whole = sample.before_extra + base64_encode(sample.extra) + sample.after_extra;
    check(as_text(fuzz::edited(copy(as_bytes(whole)), edits)), sample.ledger.root);
    return 0;
}
