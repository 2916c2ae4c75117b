// read-corpus known: the kinds of events and the reasons for an incarnation that this version knows.
// read-corpus LEDGER ROOT: what of these a ledger has, in which forms; and the activation file of each seat in it, made
// as the server makes it, proven from the vendor's root, and hashed. Both as JSON. What for: tests/corpus/README.md.

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/adoption_proof.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "projections/state/ledger_state.hpp"

namespace {

namespace json = boost::json;
using ledger::EventBody;
using ledger::IncarnationOpened;
using Texts = std::set<std::string>;

json::array listed(const Texts& texts) {
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

template <std::size_t... kind>
Texts kinds_known(std::index_sequence<kind...>) {
    return {std::string(ledger::kind_name(EventBody(std::in_place_index<kind>)))...};
}

json::object known() {
    return {{"kinds", listed(kinds_known(std::make_index_sequence<std::variant_size_v<EventBody>>()))},
            {"reasons", listed({ledger::reason_names.begin(), ledger::reason_names.end()})}};
}

/// "log_lost by actledger-anchor/2, certificate": the reason, by what a head is known, and what else depends on it.
std::string form_of(const IncarnationOpened& opened) {
    std::string form = std::string(ledger::reason_name(opened.reason));
    if (const auto known = ledger::KnownHead::parse(opened.known_head)) {
        const std::string& body = known->note.body;
        form += " by " + (known->anchor ? body.substr(0, body.find('\n')) : std::string("checkpoint"));
    }
    if (opened.reason == IncarnationOpened::Reason::log_lost && opened.hands_over()) form += ", certificate";
    return form;
}

/// Folds a ledger, and looks at each event.
class Reading {
 public:
    Reading(const std::filesystem::path& folder, const ledger::Certificate& root)
        : log_(ledger::open_log_reader(folder).value()), root_(root) {}

    /// @return the first file that does not verify
    ledger::Result<json::object> run() {
        ACTLEDGER_TRY(const ledger::TreeSize size, log_->size());
        std::vector<ledger::SequenceNumber> seats;
        ACTLEDGER_CHECK(log_->visit_events({0}, size, [&](ledger::SequenceNumber number, ledger::ByteView stored) {
            const ledger::Event event = ledger::decode_event(stored).value();
            state_.apply(event);
            look_at(event);
            if (event.seat() != nullptr) seats.push_back(number);
            return true;
        }));
        std::string digests;
        for (const ledger::SequenceNumber number : seats) {
            ACTLEDGER_TRY(const ledger::ActivationFile file, file_of(number));
            ACTLEDGER_CHECK(ledger::verify_activation_file(file, root_));
            const ledger::Digest digest = suite_.hash(ledger::as_bytes(file.text()));
            digests += ledger::as_text(digest.view());
        }
        return json::object{
            {"kinds", listed(kinds_)},
            {"reasons", listed(reasons_)},
            {"forms", listed(forms_)},
            {"activation_files", seats.size()},
            {"activation_files_digest", ledger::hex_encode(suite_.hash(ledger::as_bytes(digests)).view())}};
    }

 private:
    void look_at(const ledger::Event& event) {
        kinds_.emplace(ledger::kind_name(event.body));
        if (const auto* opened = std::get_if<IncarnationOpened>(&event.body)) {
            reasons_.emplace(ledger::reason_name(opened->reason));
            forms_.insert(form_of(*opened));
        }
        if (const auto* proven = std::get_if<ledger::AdoptionProven>(&event.body)) {
            const auto head = ledger::SignedCheckpoint::parse(proven->head).value();
            const ledger::Origin& origin = head.checkpoint.origin;
            const ledger::PublicKey& key = state_.identity().keys().present().key;
            const bool present = ledger::verify_note(suite_, head.note, origin.text(), key).has_value();
            forms_.insert(present ? "adoption, present key" : "adoption, earlier key");
        }
    }
    ledger::Result<ledger::ActivationFile> file_of(ledger::SequenceNumber number) const {
        ledger::ActivationFile file;
        ACTLEDGER_TRY(file.event, log_->event(number));
        ACTLEDGER_TRY(file.annex, log_->annex(number));
        ACTLEDGER_TRY(const ledger::ReleasedHead head, log_->head_covering(ledger::size_through(number)));
        ACTLEDGER_TRY(file.proof, ledger::inclusion_proof(suite_, number, head.size, *log_));
        file.certificates = *state_.identity().chain_for(number);
        file.device_salt = state_.identity().genesis()->device_salt;
        file.index = number;
        file.checkpoint = head.note;
        return file;
    }

    const ledger::Suite& suite_ = ledger::default_suite();
    std::unique_ptr<ledger::LogReader> log_;
    const ledger::Certificate& root_;
    projections::LedgerState state_;
    Texts kinds_, reasons_, forms_;
};

int print(const json::object& object) {
    std::puts(json::serialize(object).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "known") return print(known());
    if (argc != 3) {
        std::fputs("read-corpus known | read-corpus LEDGER ROOT\n", stderr);
        return 2;
    }
    std::ifstream file(argv[2]);
    const std::string pem(std::istreambuf_iterator<char>(file), {});
    const auto root = ledger::Certificate::from_pem(pem).value();
    const auto read = Reading(argv[1], root).run();
    if (read) return print(*read);
    std::fprintf(stderr, "%s\n", read.error().describe().c_str());
    return 1;
}
