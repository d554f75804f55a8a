// Package storetest is what any store of a node must do, whatever database it is over: a
// suite that the tests of each implementation run against a fresh store a case.
//
//	for _, c := range storetest.Cases() {
//		t.Run(c.Name, func(t *testing.T) { c.Check(t, fresh(t)) })
//	}
//
// What is about files, keys, crashes and migrations of one implementation is tested
// beside it. A dishonest peer plays no part here: what it sends was checked before.
package storetest

import (
	"context"
)

// T is what the cases use of a test.
type T interface {
	Helper()
	Context() context.Context
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A Case is one thing that a store must do.
type Case struct {
	Name  string
	Check func(t T, fresh Store)
}

// Cases lists them.
func Cases() []Case {
	return []Case{
		{"ChangesAfterPublication", testChangesAfterPublication},
		{"HeldItemStaysHere", testHeldItemStaysHere},
		{"HeldCaseTakesItsItemsAlong", testHeldCaseTakesItsItemsAlong},
		{"HitsAreFoundAnew", testHitsAreFoundAnew},
		{"FormerMemberIsForgotten", testFormerMemberIsForgotten},
		{"LeadIsOneInAllEpochs", testLeadIsOneInAllEpochs},
		{"ClosedCasesTakeNothing", testClosedCasesTakeNothing},
		{"ListsReadNoPackage", testListsReadNoPackage},
		{"Packages", testPackages},
		{"PendingAndExpiring", testPendingAndExpiring},
		{"DoubtfulOccurrenceHasNoSayInVisibility", testDoubtfulOccurrenceHasNoSayInVisibility},
		{"ItemsFold", testItemsFold},
		{"MatchSet", testMatchSet},
		{"TermsAreKept", testTermsAreKept},
		{"AliasIsOneItem", testAliasIsOneItem},
		{"WithdrawnItemTakesItsKeysAlong", testWithdrawnItemTakesItsKeysAlong},
		{"KeyOfTwoItemsMailboxFirst", testKeyOfTwoItemsMailboxFirst},
		{"KeyOfTwoItemsAliasFirst", testKeyOfTwoItemsAliasFirst},
		{"FormsWithinOneCall", testFormsWithinOneCall},
		{"AnswersAreKeptUntilAcknowledged", testAnswersAreKeptUntilAcknowledged},
		{"LeadsPeopleAndCases", testLeadsPeopleAndCases},
		{"ReportsFold", testReportsFold},
		{"WithdrawnFromACase", testWithdrawnFromACase},
		{"WhatNoPlaceCountsForIsLifted", testWhatNoPlaceCountsForIsLifted},
		{"ClosedCasesAreNotMatched", testClosedCasesAreNotMatched},
		{"MovedBetweenCases", testMovedBetweenCases},
		{"CorrectedConsent", testCorrectedConsent},
		{"SourceIsTakenBackWhole", testSourceIsTakenBackWhole},
		{"LeadsThatAPeerTakesBack", testLeadsThatAPeerTakesBack},
	}
}
