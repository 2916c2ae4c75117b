// tests/fuzz/fuzz_anchor.cpp: what a token holds as an anchor has one spelling, or is refused; and what an event names
// as the head that was known is an anchor or a checkpoint, or is refused.

#include "ledger/core/incarnation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = ledger::as_text({data, size});
    const auto anchor = ledger::Anchor::parse_body(body);
    if (anchor) ACTLEDGER_ASSERT(anchor->body() == body);

    constexpr std::string_view signature = "\n\u2014 name qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07\n";
    for (const std::string& note : {std::string(body), std::string(body) + std::string(signature)}) {
        const auto known = ledger::KnownHead::parse(note);
        if (!known) continue;
        ACTLEDGER_ASSERT(known->note.text() == note);
        ACTLEDGER_ASSERT((known->anchor ? known->anchor->body() : known->checkpoint.body()) == known->note.body);
        // Whatever an event names, it is folded and judged without a fault.
        ledger::Event event;
        event.origin = known->checkpoint.origin.text();
        event.sequence_number = {known->checkpoint.head.size.value};
        event.body = ledger::IncarnationOpened{known->checkpoint.origin.incarnation, {}, note, note, {}};
        ledger::Incarnations incarnations;
        incarnations.apply(event);
        (void)incarnations.must_have(known->checkpoint);
        ledger::OriginOrder order(ledger::default_suite(), nullptr);
        (void)order.add(known->checkpoint);
        (void)order.add(event);
        (void)order.add(event);
    }
    return 0;
}
