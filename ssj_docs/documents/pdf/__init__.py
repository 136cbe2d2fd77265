"""PDF: conversion, layout measured in mm, PDF/A."""
